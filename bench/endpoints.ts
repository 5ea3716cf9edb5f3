import { DatabaseSync } from 'node:sqlite'
import { databasePath } from '../src/store/open.ts'
import { connect } from '../test/support/client.ts'
import type { Bodies } from './bodies.ts'
import { burst, CONNECTIONS, type Burst } from './load.ts'
import { median } from './median.ts'
import type { Seeded } from './seed.ts'
import { startEcho, startKaquan } from './server.ts'
import { wholeAnswer } from './whole-answer.ts'

interface Subject {
  path: string
  bodies: 'get' | 'consume' | 'receive'
  /** Each answer stands for one new fact, and each body may be sent once only. */
  writes: boolean
  /** The least share of the echo's rate. */
  goal: number
}

const SUBJECTS: readonly Subject[] = [
  { path: '/card/code/get', bodies: 'get', writes: false, goal: 0.9 },
  { path: '/card/code/consume', bodies: 'consume', writes: true, goal: 0.5 },
  { path: '/wallet/receive', bodies: 'receive', writes: true, goal: 0.5 },
]

export const P99_GOAL = 4

const ROUND_S = 2

type Figures = Pick<Burst, 'rate' | 'p50_ms' | 'p99_ms'>

export interface Measured {
  path: string
  ours: Figures
  echo: Figures
  /** Medians of each round's own ratio. */
  ratio: number
  p99_ratio: number
  ratios: number[]
  goal: number
  answers: number
  /** Why the figures do not count; empty where they do. */
  faults: string[]
}

/** Each endpoint and the echo in turn: A B A B, after a round that primes them and does not count. */
export async function measureEndpoints(seeded: Seeded, rounds: number): Promise<Measured[]> {
  const echo = await startEcho()
  const server = await startKaquan(seeded.data_dir)
  const { access_token } = await connect(server.url, seeded.merchant)
  const runs = SUBJECTS.map((subject) => ({
    subject,
    echo: [] as Burst[],
    ours: [] as Burst[],
    faults: [] as string[],
  }))
  for (let round = 0; round <= rounds; round++) {
    for (const { subject, ...run } of runs) {
      const bodies = seeded[subject.bodies]
      run.echo.push(await burst(`${echo.url}/echo?access_token=${access_token}`, { ...bodies }, ROUND_S))
      const url = `${server.url}${subject.path}?access_token=${access_token}`
      const checked = await checkedBurst(url, bodies, subject.writes, seeded.data_dir)
      run.ours.push(checked.burst)
      run.faults.push(...checked.faults)
    }
  }
  await server.stop()
  await echo.stop()
  return runs.map(({ subject, ...run }) => summary(subject, run.echo.slice(1), run.ours.slice(1), run.faults))
}

/**
 * A burst, every answer of which must be errcode 0. Reading answers would slow wrk down, so refusals are found
 * otherwise: accepted answers are all of one length, and each that changes something left one fact.
 */
async function checkedBurst(url: string, bodies: Bodies, writes: boolean, data_dir: string) {
  const bytes = await wholeAnswer(url, bodies)
  const before = lastFact(data_dir)
  const measured = await burst(url, bodies, ROUND_S)
  const facts = lastFact(data_dir) - before
  const faults: string[] = []
  if (measured.failed > 0) faults.push(`${measured.failed} requests failed`)
  if (measured.bytes !== measured.answers * bytes) {
    faults.push(`${measured.answers} answers have ${measured.bytes} bytes, not ${bytes} each: some were refused`)
  }
  // The last request of each connection may have been carried out after wrk stopped listening.
  const unheard = facts - measured.answers
  if (writes && (unheard < 0 || unheard > CONNECTIONS)) {
    faults.push(`${measured.answers} answers, but ${facts} facts: some were refused`)
  }
  if (writes && bodies.taken >= bodies.count) throw new Error('the codes ran out: seed more, or take fewer rounds')
  return { burst: measured, faults }
}

function lastFact(data_dir: string): number {
  const db = new DatabaseSync(databasePath(data_dir), { readOnly: true })
  const { last } = db.prepare('select max(fact) as last from fact').get() as { last: number }
  db.close()
  return last
}

function summary({ path, goal }: Subject, echo: readonly Burst[], ours: readonly Burst[], faults: string[]): Measured {
  const ratios = ours.map(({ rate }, round) => rate / echo[round]!.rate)
  return {
    path,
    ours: figuresOf(ours),
    echo: figuresOf(echo),
    ratio: median(ratios),
    p99_ratio: median(ours.map(({ p99_ms }, round) => p99_ms / echo[round]!.p99_ms)),
    ratios,
    goal,
    answers: ours.reduce((total, { answers }) => total + answers, 0),
    faults: [...new Set(faults)],
  }
}

const figuresOf = (bursts: readonly Burst[]): Figures => ({
  rate: median(bursts.map(({ rate }) => rate)),
  p50_ms: median(bursts.map(({ p50_ms }) => p50_ms)),
  p99_ms: median(bursts.map(({ p99_ms }) => p99_ms)),
})
