import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { CheckpointSettings } from './sqlite/checkpoint.ts'
import { openLogState } from './sqlite/log.ts'
import { databasePath, openForReading, openForScratch, openForWriting } from './sqlite/open.ts'
import { openQuestions } from './sqlite/questions.ts'
import { openSnapshot } from './sqlite/snapshot.ts'
import { openWriter } from './sqlite/writer.ts'
import type { Questions, RemoteWriter, Snapshot, Writer } from './store.ts'

/** Loaded only when data is kept there: it would add a twentieth to every other start. */
const postgres = () => import('./postgres/open.ts')

/** Where the data is: in a PostgreSQL if one is named, else in SQLite's file in a folder. */
export interface Place {
  data_dir: string
  database_url?: string | undefined
}

/** Opens the writer, one for each process, in the ledger's thread. Makes the database if there is none. */
export function openStoreForWriting(data_dir: string): Writer {
  const log = openLogState()
  const writer = openWriter(openForWriting(data_dir), log)
  const checkpoints = new Worker(new URL('./sqlite/checkpoint.ts', import.meta.url), {
    workerData: { data_dir, log: log.shared } satisfies CheckpointSettings,
    // For the file that checkpoint.ts keeps open.
    trackUnmanagedFds: false,
  })
  return {
    ...writer,
    /** The writer closes last: the last connection to close moves the whole log and removes its file. */
    async close() {
      checkpoints.postMessage('close')
      await once(checkpoints, 'exit')
      await writer.close()
    },
  }
}

/** The same for a PostgreSQL, whose tables are made if there are none. */
export const openRemoteStore = async (database_url: string): Promise<RemoteWriter> =>
  (await postgres()).openForWriting(database_url)

/** For everyone else. The database must exist, and likewise for a snapshot. */
export const openStore = async ({ data_dir, database_url }: Place): Promise<Questions> =>
  database_url === undefined ? openQuestions(openForReading(data_dir)) : (await postgres()).openForReading(database_url)

export const openStoreSnapshot = async ({ data_dir, database_url }: Place): Promise<Snapshot> =>
  database_url === undefined ? openSnapshot(openForReading(data_dir)) : (await postgres()).openForSnapshot(database_url)

/** A temporary store that no one else sees and that need not survive a crash; the folder is the caller's. */
export const openScratchStore = (folder: string): Writer => openWriter(openForScratch(folder))

export const openScratchSnapshot = (folder: string) => openSnapshot(openForReading(folder))

export { databasePath }
export { openFlush } from './sqlite/log.ts'
