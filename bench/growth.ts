import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { newAppid, newFreshCodes, newSecret } from '../src/id.ts'
import { openLedger } from '../src/ledger/ledger.ts'
import { openStore, type Place } from '../src/store/open.ts'
import { CONNECTIONS } from './load.ts'
import { median } from './median.ts'
import { startPostgres } from './peers/debian.ts'
import { makeCards, receiveCodes } from './peers/kaquan.ts'
import { cardIdOf, codeOf, openidOf } from './peers/population.ts'

/**
 * The same questions and changes while a merchant's codes grow: of the ledger and the store, without HTTP, which does
 * not grow.
 */

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,1000000' },
    engine: { type: 'string', default: 'sqlite' },
  },
})

const CARDS = 1000
/** Of each kind and round: no more codes are redeemed than the smallest shop has. */
const REQUESTS = 3000
const ROUNDS = 3
/** Shares no divisor with the sizes: what is asked for is spread over all codes. */
const STEP = 7_368_787

const sizes = options.sizes.split(',').map(Number)
const folder = mkdtempSync(join(tmpdir(), 'kaquan-growth-'))
const database = options.engine === 'postgres' ? await startPostgres() : undefined
const place: Place = { data_dir: folder, database_url: database?.url }
const merchant = { appid: newAppid(), secret: newSecret() }
const { appid } = merchant
const ledger = await openLedger({ ...place, time_zone: 'Asia/Shanghai' })
await makeCards(ledger, merchant, CARDS)
const store = await openStore(place)

interface Measured {
  rate: number
  p99_ms: number
}

type Act = (n: number) => Promise<unknown>

const results: { size: number; measured: Record<string, Measured> }[] = []
let newcomers = 0
let former = 0
for (const size of sizes) {
  const begun = performance.now()
  const holders = Math.floor(size / 3)
  await receiveCodes(ledger, appid, { codes: size, cards: CARDS, holders }, former)
  process.stderr.write(`${size} codes after ${Math.round((performance.now() - begun) / 1000)} s\n`)
  const added = size - former
  const spread = (n: number): number => former + ((n * STEP) % added)
  const acts: Record<string, Act> = {
    get: async (n) => {
      const found = await store.codes(appid, codeOf((n * STEP) % size))
      if (found.length === 0) throw new Error(`no code ${n}`)
    },
    consume: (n) => ledger.commit(appid, 'consumeCode', { code: codeOf(spread(n)) }),
    // Two in three hold something already.
    receive: (n) => {
      const openid = n % 3 === 2 ? `oNew${++newcomers}` : openidOf((n * STEP) % holders)
      return ledger.commit(appid, 'receiveCode', { card_id: cardIdOf(0), openid, fresh_codes: newFreshCodes() })
    },
  }
  const measured: Record<string, Measured> = {}
  for (const [name, act] of Object.entries(acts)) measured[name] = await measure(act)
  results.push({ size, measured })
  former = size
}
for (const { size, measured } of results) {
  for (const [name, { rate, p99_ms }] of Object.entries(measured)) {
    const first = results[0]!.measured[name]!
    console.log(
      `${name} of ${size} codes: ${rate.toFixed(0)} /s, p99 ${p99_ms.toFixed(1)} ms, ${(rate / first.rate).toFixed(2)} of ${sizes[0]} codes`,
    )
  }
}
store.close()
await ledger.close()
await database?.stop()
rmSync(folder, { recursive: true, force: true })

/** Medians of some rounds, with this many under way at a time. */
async function measure(act: Act): Promise<Measured> {
  const rounds: Measured[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const times: number[] = []
    let next = round * REQUESTS
    const end = next + REQUESTS
    const begun = performance.now()
    const work = async (): Promise<void> => {
      while (next < end) {
        const from = performance.now()
        await act(next++)
        times.push(performance.now() - from)
      }
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, work))
    rounds.push({
      rate: (REQUESTS / (performance.now() - begun)) * 1000,
      p99_ms: times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!,
    })
  }
  return {
    rate: median(rounds.map(({ rate }) => rate)),
    p99_ms: median(rounds.map(({ p99_ms }) => p99_ms)),
  }
}
