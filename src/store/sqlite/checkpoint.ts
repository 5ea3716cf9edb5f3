import { parentPort, workerData } from 'node:worker_threads'
import { DatabaseSync } from 'node:sqlite'
import { tellTooLong } from './log.ts'
import { databasePath } from './open.ts'

/**
 * The thread that moves what was committed from the log into the database file, so that neither the one who writes nor
 * those who read wait for it.
 */

export interface CheckpointSettings {
  data_dir: string
  log: SharedArrayBuffer
}

/** A page that changes often is moved once in so long. */
const EVERY_MS = 1000

/** Past so many pages (of 4 KiB) the log is to be begun anew. */
const LONG_LOG_PAGES = 32_768

const { data_dir, log } = workerData as CheckpointSettings
const db = new DatabaseSync(databasePath(data_dir), { timeout: 1000 })
db.exec('pragma synchronous = full; pragma wal_autocheckpoint = 0')
const move = db.prepare('pragma wal_checkpoint(passive)')

const timer = setInterval(() => {
  const { log: pages } = move.get() as { log: number }
  if (pages < LONG_LOG_PAGES) return
  // Once more, so that only what was committed in the meantime is left for the writer to wait for.
  move.get()
  tellTooLong(log)
}, EVERY_MS)

parentPort!.once('message', () => {
  clearInterval(timer)
  db.close()
})
