import { fdatasyncSync, openSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { DatabaseSync } from 'node:sqlite'
import { tellTooLong } from './log.ts'
import { databasePath } from './open.ts'

/**
 * The thread that moves commits from the log into the database file, so that neither the writer nor readers wait for
 * it.
 */

export interface CheckpointSettings {
  data_dir: string
  log: SharedArrayBuffer
}

/**
 * How long pages may wait to be moved; they are moved earlier when nobody writes. So a page that changes often is moved
 * once, and the disk has less to do besides flushes.
 */
const MOVE_EVERY_MS = 5000
const LOOK_EVERY_MS = 500

/** Beyond this many pages (of 4 KiB) they are moved at once, and the log is to be begun anew. */
const LONG_LOG_PAGES = 65_536

const { data_dir, log } = workerData as CheckpointSettings
const db = new DatabaseSync(databasePath(data_dir), { timeout: 1000 })
db.exec('pragma synchronous = full; pragma wal_autocheckpoint = 0')
const look = db.prepare('pragma wal_checkpoint(noop)')
const move = db.prepare('pragma wal_checkpoint(passive)')

/** At most this many pages are left to the writer, who stands still while they are moved. */
const FEW_PAGES = 256
const MAX_PASSES = 20

/**
 * SQLite itself flushes the database file only once it has moved the whole log, which under load happens while the
 * writer stands still: so it is done here. By POSIX, closing any handle of the file drops all of the process's locks on
 * it, so it stays open for as long as the process lives.
 */
const file = openSync(databasePath(data_dir), 'r+')

/** How many pages are in the log, and how many of those are in the database file too. */
interface Log {
  log: number
  checkpointed: number
}

/** Moves what is in the log, unless someone still reads an older state. */
function moveAll(): void {
  move.get()
  fdatasyncSync(file)
}

let movedAt = 0
/** How long the log was when last looked at. */
let seen = 0

function work(): void {
  moveIfDue()
  timer = setTimeout(work, LOOK_EVERY_MS)
}

function moveIfDue(): void {
  const now = look.get() as unknown as Log
  const isLong = now.log >= LONG_LOG_PAGES
  const rests = now.log === seen
  seen = now.log
  if (now.checkpointed === now.log) {
    if (isLong) tellTooLong(log)
    return
  }
  if (!(isLong || rests || performance.now() - movedAt >= MOVE_EVERY_MS)) return
  movedAt = performance.now()
  moveAll()
  if (!isLong) return
  // While pages are moved others are added, but fewer each time, unless the disk is too slow: then the writer has to
  // wait for it.
  for (let pass = 1, left = look.get() as unknown as Log; pass < MAX_PASSES; pass++) {
    const before = left.checkpointed
    if (left.log - before <= FEW_PAGES) break
    moveAll()
    left = look.get() as unknown as Log
    // A proof or a backup reads an older state, so nothing more can be moved.
    if (left.checkpointed === before) break
  }
  tellTooLong(log)
}

let timer = setTimeout(work, LOOK_EVERY_MS)

parentPort!.once('message', () => {
  clearTimeout(timer)
  db.close()
})
