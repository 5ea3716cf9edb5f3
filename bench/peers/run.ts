import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { newAppid, newSecret } from '../../src/id.ts'
import { connect } from '../../test/support/client.ts'
import { writeBodies, type Bodies } from '../bodies.ts'
import { burst, CONNECTIONS } from '../load.ts'
import { median } from '../median.ts'
import { start, startEcho, startKaquan, type Started } from '../server.ts'
import { needTools } from '../tools.ts'
import { wholeAnswer } from '../whole-answer.ts'
import { startPostgres, startRedis } from './debian.ts'
import { seedKaquan } from './kaquan.ts'
import { cardIdOf, codeOf, openidOf, type Population } from './population.ts'

/**
 * We on PostgreSQL, two other ways to build the same, and a server that only echoes: in turn, in one run. See
 * ../README.md.
 */

const { values: options } = parseArgs({
  options: {
    codes: { type: 'string', default: '300000' },
    cards: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
  },
})

/** A prime far beyond any number of neighbours: each code is met once, in no order. */
const STEP = 7_368_787

// Each server and each folder goes when this does.
process.setMaxListeners(20)
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))
needTools()

const folder = mkdtempSync(join(tmpdir(), 'kaquan-peers-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))

const codes = Number(options.codes)
const population: Population = { codes, cards: Number(options.cards), holders: Math.max(1, Math.floor(codes / 3)) }
const seconds = Number(options.seconds)

/** A server under measurement. */
interface Subject {
  name: string
  url: string
  /** What an address ends with. */
  query: string
  stop(): Promise<void>
}

async function startOurs(): Promise<Subject> {
  const database = await startPostgres()
  const place = { data_dir: join(folder, 'data'), database_url: database.url }
  const merchant = { appid: newAppid(), secret: newSecret() }
  await seedKaquan(place, merchant, population)
  process.env['DATABASE_URL'] = database.url
  const server = await startKaquan(place.data_dir)
  delete process.env['DATABASE_URL']
  const { access_token } = await connect(server.url, merchant)
  return {
    name: 'kaquan',
    url: server.url,
    query: `?access_token=${access_token}`,
    stop: () => stopBoth(server, database),
  }
}

async function startPeer(name: 'per-request' | 'redis'): Promise<Subject> {
  const database = await (name === 'redis' ? startRedis() : startPostgres())
  const peer = await spawnPeer(name, database.url)
  return { name, url: peer.url, query: '', stop: () => stopBoth(peer, database) }
}

async function startEchoing(): Promise<Subject> {
  const server = await startEcho()
  return { name: 'echo', url: server.url, query: '', stop: () => server.stop() }
}

interface Stoppable {
  stop(): Promise<void>
}

async function stopBoth(server: Stoppable, database: Stoppable): Promise<void> {
  await server.stop()
  await database.stop()
}

const told = (what: string): void => void process.stderr.write(`${what}\n`)

told(`${codes} codes of ${population.cards} cards, ${CONNECTIONS} connections, ${seconds} s each`)
const subjects: Subject[] = []
for (const begin of [startOurs, () => startPeer('per-request'), () => startPeer('redis'), startEchoing]) {
  const begun = performance.now()
  const subject = await begin()
  subjects.push(subject)
  told(`${subject.name} ready in ${Math.round((performance.now() - begun) / 1000)} s`)
}

/** By endpoint and subject: what each round measured. */
const rates = new Map<string, number[]>()
const tails = new Map<string, number[]>()
const bodiesOfSubject = new Map(subjects.map(({ name }) => [name, bodiesOf(name)]))
const PATHS = ['/card/code/get', '/card/code/consume', '/wallet/receive'] as const

for (let round = 0; round < Number(options.rounds); round++) {
  for (const path of PATHS) for (const subject of subjects) await measure(subject, path)
}
for (const path of PATHS) {
  for (const { name } of subjects) {
    const key = `${path} ${name}`
    const [rate, p99_ms] = [median(rates.get(key)!), median(tails.get(key)!)]
    const ours = median(rates.get(`${path} kaquan`)!)
    const ratio = name === 'kaquan' ? '' : `, kaquan : ${name} ${(ours / rate).toFixed(2)}`
    console.log(`${path} ${name}: ${rate.toFixed(0)} /s, p99 ${p99_ms.toFixed(1)} ms${ratio}`)
  }
}
for (const subject of subjects) await subject.stop()

async function measure({ name, url, query }: Subject, path: (typeof PATHS)[number]): Promise<void> {
  const bodies = bodiesOfSubject.get(name)![path]
  const address = name === 'echo' ? `${url}/echo` : `${url}${path}${query}`
  const bytes = name === 'echo' ? 0 : await wholeAnswer(address, bodies)
  const measured = await burst(address, bodies, seconds)
  if (measured.failed > 0) throw new Error(`${name} ${path}: ${measured.failed} requests failed`)
  if (name !== 'echo' && path !== '/card/code/get' && bodies.taken > bodies.count) {
    throw new Error(`the codes ran out within ${seconds} s: seed more, or measure for a shorter time`)
  }
  if (name !== 'echo' && measured.bytes !== measured.answers * bytes)
    throw new Error(`${name} ${path}: some were refused`)
  for (const [found, value] of [
    [rates, measured.rate],
    [tails, measured.p99_ms],
  ] as const) {
    const key = `${path} ${name}`
    found.set(key, [...(found.get(key) ?? []), value])
  }
}

function spawnPeer(name: string, database_url: string): Promise<Started> {
  const { codes, cards, holders } = population
  const args = { database: database_url, seed: codes, cards, holders }
  const flags = Object.entries(args).flatMap(([flag, value]) => [`--${flag}`, String(value)])
  return start([join(import.meta.dirname, `${name}.ts`), ...flags], {})
}

/** Of one hot card two in three receive who hold something already; what is consumed and asked for is of all cards. */
function bodiesOf(subject: string): Record<(typeof PATHS)[number], Bodies> {
  const { codes, holders } = population
  const hot = cardIdOf(0)
  const consumed = Math.floor(codes * 0.6)
  const receivers = Array.from({ length: Math.floor(holders * 1.5) }, (_, n) =>
    openidOf(n % 3 === 2 ? holders + (n - 2) / 3 : Math.ceil((n * 2) / 3)),
  )
  const order = Array.from({ length: codes }, (_, n) => codeOf((n * STEP) % codes))
  const write = (name: string, bodies: object[]): Bodies =>
    writeBodies(join(folder, `${subject}-${name}.lines`), bodies)
  return {
    '/wallet/receive': write(
      'receive',
      receivers.map((openid) => ({ card_id: hot, openid })),
    ),
    '/card/code/consume': write(
      'consume',
      order.slice(0, consumed).map((code) => ({ code })),
    ),
    '/card/code/get': write(
      'get',
      order.slice(consumed).map((code) => ({ code })),
    ),
  }
}
