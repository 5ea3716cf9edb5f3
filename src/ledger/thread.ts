import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Outcome } from './batch.ts'
import type { Committers, Hear, LedgerSettings } from './ledger.ts'
import type { Summing } from './worker.ts'

/** Commits in a thread of its own, for a store in the process: the disk makes that thread wait. */
export async function openThread(settings: LedgerSettings, hear: Hear): Promise<Committers> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings })
  // Rejects where the thread cannot open the store.
  await once(worker, 'message')
  let closing = false
  worker.on('message', (outcomes: Outcome[]) => hear.outcomes(outcomes))
  worker.on('error', (error: Error) => hear.broken(error))
  worker.on('exit', () => {
    if (!closing) hear.broken(new Error('the thread of the ledger has ended'))
  })
  return {
    commit: (waiting) => worker.postMessage(waiting),
    sumUp: (id, appid) => worker.postMessage({ id, sumUp: appid } satisfies Summing),
    async close() {
      closing = true
      const exit = once(worker, 'exit')
      worker.postMessage('close')
      await exit
    },
  }
}
