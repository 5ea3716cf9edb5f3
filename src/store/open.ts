import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { CheckpointSettings } from './sqlite/checkpoint.ts'
import { openLogState } from './sqlite/log.ts'
import { databasePath, openForReading, openForScratch, openForWriting } from './sqlite/open.ts'
import { openQuestions } from './sqlite/questions.ts'
import { openSnapshot } from './sqlite/snapshot.ts'
import { openWriter } from './sqlite/writer.ts'
import type { Questions, Snapshot, Writer } from './store.ts'

/** The one who writes: one for each process, in the ledger's thread. Makes the database where there is none. */
export function openStoreForWriting(data_dir: string): Writer {
  const log = openLogState()
  const writer = openWriter(openForWriting(data_dir), log)
  const checkpoints = new Worker(new URL('./sqlite/checkpoint.ts', import.meta.url), {
    workerData: { data_dir, log: log.shared } satisfies CheckpointSettings,
  })
  return {
    ...writer,
    /** The writer goes last: the last connection that closes moves all of the log and takes its file away. */
    async close() {
      checkpoints.postMessage('close')
      await once(checkpoints, 'exit')
      await writer.close()
    },
  }
}

/** For everyone else. The database must exist, as must that of a snapshot. */
export const openStore = (data_dir: string): Questions => openQuestions(openForReading(data_dir))

export const openStoreSnapshot = (data_dir: string): Snapshot => openSnapshot(openForReading(data_dir))

/** A store for a moment, which no one else sees and which need not outlive a crash; the folder is the caller's. */
export const openScratchStore = (folder: string): Writer => openWriter(openForScratch(folder))

export { databasePath }
