import type { AnswerOf, CommandName, RequestOf } from '../domain/commands.ts'
import { refuse } from '../errors.ts'
import type { Place } from '../store/open.ts'
import { settle, LedgerFault, type Once, type Outcome, type Waiting } from './batch.ts'
import { openThread } from './thread.ts'

/** Commits commands in company. */
export interface Ledger {
  /**
   * Runs a command for a merchant. Resolves once all that it changed is on the disk; rejects with a Refusal, or with a
   * LedgerFault where the ledger itself broke.
   *
   * @param once where the same request may come again: it is judged once, and answered alike for a day
   */
  commit<Name extends CommandName>(
    appid: string,
    command: Name,
    request: RequestOf<Name>,
    once?: Once,
  ): Promise<AnswerOf<Name>>
  /** Resolves once all that was committed for a merchant by now is counted into its days. */
  sumUp(appid: string): Promise<void>
  /**
   * Whether a job is this process's to do, for a merchant or, where none is named, for all. If so, no other process is told that for so
   * many seconds: one that is killed at it is followed by another.
   */
  claim(appid: string | undefined, job: Job, seconds: number): Promise<boolean>
  /** The merchants for whom something was committed here since this was asked last. */
  takeChanged(): string[]
  /** How many commands were accepted and are not settled yet. */
  waiting(): number
  /** Resolves when all that was accepted is done. */
  close(): Promise<void>
}

export type Job = 'sweep' | 'demo'

/** So many that arrived in one turn go on before it ends. */
const ENOUGH = 24

/** So many may wait; whoever comes then is told at once that the server is busy. */
const MAX_WAITING = 10_000

export interface LedgerSettings extends Place {
  time_zone: string
}

/** Those who do what the ledger is asked, and tell what became of it. */
export interface Committers {
  /** Takes what arrived in one turn of the event loop. */
  commit(waiting: Waiting[]): void
  sumUp(id: number, appid: string): void
  claim: Ledger['claim']
  /** Resolves when all that was taken is told. */
  close(): Promise<void>
}

export interface Hear {
  outcomes(outcomes: readonly Outcome[]): void
  /** Nothing can be changed any more. */
  broken(error: Error): void
}

/** @throws an error whose message begins with the setting that says where the data are */
async function openCommitters(settings: LedgerSettings, hear: Hear): Promise<Committers> {
  const { data_dir, database_url, time_zone } = settings
  try {
    if (database_url === undefined) return await openThread(settings, hear)
    return await (await import('./lanes.ts')).openLanes(database_url, time_zone, hear)
  } catch (error) {
    const place = database_url === undefined ? `DATA_DIR ${data_dir}` : 'DATABASE_URL'
    throw new Error(`${place}: ${(error as Error).message}`, { cause: error })
  }
}

/** @param onBroken called where the ledger ends without being asked to: nothing can be changed any more */
export async function openLedger(settings: LedgerSettings, onBroken?: (error: Error) => void): Promise<Ledger> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let arrived: Waiting[] = []
  let changed = new Set<string>()
  let lastId = 0
  let closed: Error | undefined
  let closing: Promise<void> | undefined

  const hear: Hear = {
    outcomes(outcomes) {
      for (const outcome of outcomes) {
        const { resolve, reject } = waiting.get(outcome.id)!
        waiting.delete(outcome.id)
        try {
          resolve(settle(outcome))
        } catch (error) {
          reject(error)
        }
      }
    },
    broken(error) {
      fail(error)
      onBroken?.(error)
    },
  }
  const committers = await openCommitters(settings, hear)

  function fail(error: Error): void {
    closed ??= error
    for (const { reject } of waiting.values()) reject(new LedgerFault(closed.message, true))
    waiting.clear()
  }

  async function finish(): Promise<void> {
    if (closed) return
    closed = new Error('the ledger is closed')
    send()
    await committers.close()
    fail(closed)
  }

  /** What arrives in one turn of the event loop goes on together, unless it is so much that its judges need not wait for the rest. */
  function send(): void {
    if (arrived.length === 0) return
    committers.commit(arrived)
    arrived = []
  }

  return {
    commit<Name extends CommandName>(appid: string, command: Name, request: RequestOf<Name>, once?: Once) {
      if (closed) return Promise.reject(new LedgerFault(closed.message, false))
      if (waiting.size >= MAX_WAITING) return Promise.reject(refuse('systemError', 'too many requests wait: try again'))
      changed.add(appid)
      const id = ++lastId
      const settled = Promise.withResolvers<unknown>()
      waiting.set(id, settled)
      const count = arrived.push({ id, appid, command, request, ...(once && { once }) })
      if (count === 1) setImmediate(send)
      else if (count === ENOUGH) send()
      return settled.promise
    },
    async sumUp(appid) {
      if (closed) throw new LedgerFault(closed.message, false)
      const id = ++lastId
      const settled = Promise.withResolvers<unknown>()
      waiting.set(id, settled)
      send()
      committers.sumUp(id, appid)
      await settled.promise
    },
    claim: (appid, job, seconds) => committers.claim(appid, job, seconds),
    takeChanged() {
      const taken = [...changed]
      changed = new Set()
      return taken
    },
    waiting: () => waiting.size,
    close: () => (closing ??= finish()),
  }
}
