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

/** So many pages may be left to the writer, who stands still while they are moved. */
const FEW_PAGES = 1024
const MAX_PASSES = 6

interface Moved {
  log: number
  checkpointed: number
}

const timer = setInterval(() => {
  let { log: pages, checkpointed } = move.get() as unknown as Moved
  if (pages < LONG_LOG_PAGES) return
  // While pages are moved others are added, but fewer each time.
  for (let pass = 1; pass < MAX_PASSES && pages - checkpointed > FEW_PAGES; pass++) {
    ;({ log: pages, checkpointed } = move.get() as unknown as Moved)
  }
  tellTooLong(log)
}, EVERY_MS)

parentPort!.once('message', () => {
  clearInterval(timer)
  db.close()
})
