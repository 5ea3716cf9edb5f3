import { close, fdatasync, openSync } from 'node:fs'
import { promisify } from 'node:util'
import type { DatabaseSync } from 'node:sqlite'
import { databasePath } from './open.ts'

/**
 * Commits are appended to the log, and flushed to the disk beside the writer: while the disk works, the next batch is
 * judged. After a power failure, what SQLite finds in the log up to its first broken page stands: so does whatever was
 * flushed, and never a later commit without those before it.
 *
 * checkpoint.ts moves what is in the log into the database file, also beside the writer. As long as commits never
 * pause, the log is never empty, and would grow for ever and slow reads down: now and then it has to be begun anew, and
 * for that the writer must stand still. Little is left to move by then, so it takes milliseconds.
 */

/** Waits for the disk. */
export interface Flush {
  /** Resolves when every commit made before is on the disk. */
  (): Promise<void>
  close(): Promise<void>
}

const flushFile = promisify(fdatasync)
const closeFile = promisify(close)

/** Opens the log of a database that exists and is open. */
export function openFlush(data_dir: string): Flush {
  const file = openSync(`${databasePath(data_dir)}-wal`, 'r+')
  return Object.assign(() => flushFile(file), { close: () => closeFile(file) })
}

/** Tells the writer, across threads, that the log is too long. */
export interface LogState {
  /** Handed to the thread that watches the log. */
  readonly shared: SharedArrayBuffer
  /** Has the log become too long since the last call? */
  takeTooLong(): boolean
}

export function openLogState(): LogState {
  const shared = new SharedArrayBuffer(4)
  const flag = new Int32Array(shared)
  return { shared, takeTooLong: () => Atomics.exchange(flag, 0, 0) === 1 }
}

export function tellTooLong(shared: SharedArrayBuffer): void {
  Atomics.store(new Int32Array(shared), 0, 1)
}

/** How long the writer waits for readers of the old log: a proof or a backup may read for minutes, and goes first. */
const WAIT_MS = 50

/** A failure is not reported: the log stays long, and checkpoint.ts asks again, or meets the same error itself. */
export function beginLogAnew(db: DatabaseSync): void {
  const { timeout } = db.prepare('pragma busy_timeout').get() as { timeout: number }
  try {
    db.exec(`pragma busy_timeout = ${WAIT_MS}; pragma wal_checkpoint(restart)`)
  } catch {
    // Commands can be saved all the same.
  } finally {
    db.exec(`pragma busy_timeout = ${timeout}`)
  }
}
