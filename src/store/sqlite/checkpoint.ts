import { fdatasyncSync, openSync } from 'node:fs'
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
const EVERY_MS = 500

/** Past so many pages (of 4 KiB) the log is to be begun anew. */
const LONG_LOG_PAGES = 32_768

const { data_dir, log } = workerData as CheckpointSettings
const db = new DatabaseSync(databasePath(data_dir), { timeout: 1000 })
db.exec('pragma synchronous = full; pragma wal_autocheckpoint = 0')
const move = db.prepare('pragma wal_checkpoint(passive)')

/** A pass that moved no more pages than this leaves few to the writer, who stands still while they are moved. */
const FEW_PAGES = 256
const MAX_PASSES = 20

/**
 * SQLite itself flushes the database file only when it has moved all of the log, which under load happens while the writer
 * stands still: so it is done here. Whoever closes the file loses all of the process's locks on it, as POSIX has it, so it stays
 * open for as long as the process lives.
 */
const file = openSync(databasePath(data_dir), 'r+')

let moved = 0

/** Moves what is in the log, and counts in `moved` how many pages of this log have been moved by then. */
function moveAll(): void {
  const { checkpointed } = move.get() as unknown as { checkpointed: number }
  if (checkpointed === moved) return
  fdatasyncSync(file)
  moved = checkpointed
}

const timer = setInterval(() => {
  moveAll()
  if (moved < LONG_LOG_PAGES) return
  // While pages are moved others are added, but fewer each time.
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const before = moved
    moveAll()
    if (moved - before <= FEW_PAGES) break
  }
  tellTooLong(log)
}, EVERY_MS)

parentPort!.once('message', () => {
  clearInterval(timer)
  db.close()
})
