import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureDisk } from './disk.ts'
import { measureEndpoints } from './endpoints.ts'
import { markdown, type Findings } from './report.ts'
import { seed } from './seed.ts'
import { measureStartup } from './startup.ts'
import { countSyncs } from './syncs.ts'
import { needTools } from './tools.ts'

/** Runs everything on one store and prints what came out; see README.md. */

const { values: options } = parseArgs({
  options: {
    codes: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
})

process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))
needTools()

const folder = mkdtempSync(join(tmpdir(), 'kaquan-bench-'))
// After the servers are killed, some of which may still be going.
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
// The same for all servers, and none left by other runs.
process.env['NODE_COMPILE_CACHE'] = join(folder, 'compile-cache')

const TMPFS = 0x01021994
if (statfsSync(folder).type === TMPFS) say(`${folder} is in memory, where a sync costs nothing: set TMPDIR to a disk`)
say(`Node ${process.version}, ${availableParallelism()} cores, load before ${loadavg()[0]!.toFixed(1)}`)

const codes = Number(options.codes)
say(`seeding ${codes} codes`)
const begun = performance.now()
const seeded = await seed(folder, codes)
say(`seeded, ${Math.round(codes / ((performance.now() - begun) / 1000))} a second; measuring the disk`)
const disk = measureDisk(seeded, folder)
say('starting and stopping')
const startup = await measureStartup(seeded.data_dir)
say('counting syncs')
const syncs = await countSyncs(seeded, folder)
say('loading')
const endpoints = await measureEndpoints(seeded, Number(options.rounds))
const findings: Findings = { codes, endpoints, syncs, startup, disk }
say(`done in ${Math.round((performance.now() - begun) / 1000)} s`)

process.stdout.write(`\n${markdown(findings)}\n`)
if (options.json) process.stdout.write(`\n${JSON.stringify(findings)}\n`)
if (endpoints.some(({ faults }) => faults.length > 0)) process.exitCode = 1

/** How far it is goes to standard error. */
function say(what: string): void {
  process.stderr.write(`${what}\n`)
}
