import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { AnswerOf, CommandName, RequestOf } from '../domain/commands.ts'
import { refuse } from '../errors.ts'
import { settle, LedgerFault, type Once, type Outcome, type Waiting } from './batch.ts'
import type { Summing, WorkerSettings } from './worker.ts'

/** Commits commands in company, in a thread of its own. */
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
  /** The merchants for whom something was committed here since this was asked last. */
  takeChanged(): string[]
  /** How many commands were accepted and are not settled yet. */
  waiting(): number
  /** Resolves when all that was accepted is done. */
  close(): Promise<void>
}

/** So many may wait; whoever comes then is told at once that the server is busy. */
const MAX_WAITING = 10_000

/** @param onBroken called where the thread ends without being asked to: nothing can be changed any more */
export async function openLedger(settings: WorkerSettings, onBroken?: (error: Error) => void): Promise<Ledger> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings })
  // Rejects where the thread cannot open the store.
  await once(worker, 'message')

  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let arrived: Waiting[] = []
  let changed = new Set<string>()
  let lastId = 0
  let closed: Error | undefined
  let closing: Promise<void> | undefined

  worker.on('message', (outcomes: Outcome[]) => {
    for (const outcome of outcomes) {
      const { resolve, reject } = waiting.get(outcome.id)!
      waiting.delete(outcome.id)
      try {
        resolve(settle(outcome))
      } catch (error) {
        reject(error)
      }
    }
  })
  worker.on('error', (error: Error) => {
    fail(error)
    onBroken?.(error)
  })
  worker.on('exit', () => fail(new Error('the ledger is closed')))

  function fail(error: Error): void {
    closed ??= error
    for (const { reject } of waiting.values()) reject(new LedgerFault(closed.message, true))
    waiting.clear()
  }

  async function finish(): Promise<void> {
    if (closed) return
    closed = new Error('the ledger is closed')
    send()
    const exit = once(worker, 'exit')
    worker.postMessage('close')
    await exit
  }

  /** What arrives in one turn of the event loop crosses to the worker in one message. */
  function send(): void {
    if (arrived.length === 0) return
    worker.postMessage(arrived)
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
      if (arrived.push({ id, appid, command, request, ...(once && { once }) }) === 1) setImmediate(send)
      return settled.promise
    },
    async sumUp(appid) {
      if (closed) throw new LedgerFault(closed.message, false)
      const id = ++lastId
      const settled = Promise.withResolvers<unknown>()
      waiting.set(id, settled)
      send()
      worker.postMessage({ id, sumUp: appid } satisfies Summing)
      await settled.promise
    },
    takeChanged() {
      const taken = [...changed]
      changed = new Set()
      return taken
    },
    waiting: () => waiting.size,
    close: () => (closing ??= finish()),
  }
}
