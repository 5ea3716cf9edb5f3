import type { AnswerOf, CommandName, RequestOf } from '../domain/commands.ts'
import { refuse } from '../errors.ts'
import type { Place } from '../store/open.ts'
import { settle, LedgerFault, type Once, type Outcome, type Waiting } from './batch.ts'
import { openThread } from './thread.ts'

/** Commits commands in batches. */
export interface Ledger {
  /**
   * Runs a command for a merchant. Resolves once everything it changed is on the disk; rejects with a Refusal, or with
   * a LedgerFault if the ledger itself broke.
   *
   * @param once set if the same request may come again: it is judged once, and gets the same answer for a day
   */
  commit<Name extends CommandName>(
    appid: string,
    command: Name,
    request: RequestOf<Name>,
    once?: Once,
  ): Promise<AnswerOf<Name>>
  /** Resolves once everything committed for a merchant so far is counted into its days. */
  sumUp(appid: string): Promise<void>
  /**
   * Tells whether this process is to do a job, for one merchant or, if none is named, for all. If so, no other process
   * is told the same for this many seconds; should this one be killed, another follows.
   */
  claim(appid: string | undefined, job: Job, seconds: number): Promise<boolean>
  /** The merchants for whom something was committed here since the last call. */
  takeChanged(): string[]
  /** How many commands were accepted and are not settled yet. */
  waiting(): number
  /** Resolves when everything accepted is done. */
  close(): Promise<void>
}

export type Job = 'sweep' | 'demo'

/** Once this many have arrived in a turn, they are sent without waiting for its end. */
const ENOUGH = 24

/** At most this many may wait; whoever comes then is told at once that the server is busy. */
const MAX_WAITING = 10_000

export interface LedgerSettings extends Place {
  time_zone: string
}

/** They do what the ledger is asked, and report what became of it. */
export interface Committers {
  /** Takes what arrived in one turn of the event loop. */
  commit(waiting: Waiting[]): void
  sumUp(id: number, appid: string): void
  claim: Ledger['claim']
  /** Resolves when everything taken has its outcome. */
  close(): Promise<void>
}

export interface Hear {
  outcomes(outcomes: readonly Outcome[]): void
  /** From now on nothing can be changed. */
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

/** @param onBroken called if the ledger ends without being asked to: from then on nothing can be changed */
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

  /**
   * Commands that arrive in one turn of the event loop are sent together, unless there are so many that they need not
   * wait for the rest.
   */
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
