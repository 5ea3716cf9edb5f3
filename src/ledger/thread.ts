import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { openFlush } from '../store/open.ts'
import type { Outcome } from './batch.ts'
import type { Committers, Hear, LedgerSettings } from './ledger.ts'
import type { Summing } from './worker.ts'

/**
 * Commits in a thread of its own, for a store in this process, so that requests are read and answered meanwhile.
 * Outcomes are reported once everything they rest on is on the disk; this waits for that while the thread goes on.
 */
export async function openThread(settings: LedgerSettings, hear: Hear): Promise<Committers> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings })
  // Rejects if the thread cannot open the store.
  await once(worker, 'message')
  const flush = openFlush(settings.data_dir)
  let closing = false
  /** Outcomes of commits that may not be on the disk yet. */
  let committed: Outcome[] = []
  let telling: Promise<void> | undefined

  async function tellFlushed(): Promise<void> {
    while (committed.length > 0) {
      const outcomes = committed
      committed = []
      await flush()
      hear.outcomes(outcomes)
    }
    telling = undefined
  }

  worker.on('message', (outcomes: Outcome[]) => {
    committed.push(...outcomes)
    telling ??= tellFlushed().catch((error: Error) => hear.broken(error))
  })
  worker.on('error', (error: Error) => hear.broken(error))
  worker.on('exit', () => {
    if (!closing) hear.broken(new Error('the thread of the ledger has ended'))
  })
  return {
    commit: (waiting) => worker.postMessage(waiting),
    sumUp: (id, appid) => worker.postMessage({ id, sumUp: appid } satisfies Summing),
    // Nobody else serves this store.
    claim: () => Promise.resolve(true),
    async close() {
      closing = true
      const exit = once(worker, 'exit')
      worker.postMessage('close')
      await exit
      await telling
      await flush.close()
    },
  }
}
