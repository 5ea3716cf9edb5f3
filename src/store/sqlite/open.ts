import assert from 'node:assert/strict'
import { mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { checkCurrent, migrate } from './schema.ts'

export const databasePath = (data_dir: string): string => join(data_dir, 'kaquan.db')

/** How long another process may hold the right to write, as a command does beside a busy server. */
const LOCK_TIMEOUT_MS = 30_000

/**
 * The cache of the writing connection, in KiB. After a page of a tree was split, SQLite walks through its whole cache
 * at the commit: a large cache takes longer than asking the system's own cache of the file.
 */
const WRITER_CACHE = 16_384

/**
 * Opens the connection that writes. Its commits are in the log when they return, and on the disk once log.ts has
 * flushed it.
 */
export function openForWriting(data_dir: string): DatabaseSync {
  makeFolder(data_dir)
  const db = new DatabaseSync(databasePath(data_dir), { timeout: LOCK_TIMEOUT_MS })
  db.exec(`
    pragma journal_mode = wal;
    pragma synchronous = normal;
    pragma wal_autocheckpoint = 0;
    pragma cache_size = -${WRITER_CACHE};
    pragma temp_store = memory;
  `)
  const { journal_mode } = db.prepare('pragma journal_mode').get() as { journal_mode: string }
  assert.equal(journal_mode, 'wal', 'SQLite does not write ahead')
  migrate(db)
  return db
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/** Like a recursive mkdirSync, which never returns below a folder that accepts none, such as /proc. */
function makeFolder(path: string): void {
  if (isFolder(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    // Another process may have been faster.
    if (!isFolder(path)) throw error
  }
}

export function openForReading(data_dir: string): DatabaseSync {
  const db = new DatabaseSync(databasePath(data_dir), { readOnly: true, timeout: LOCK_TIMEOUT_MS })
  db.exec(`
    pragma cache_size = -65536;
    pragma mmap_size = 1073741824;
    pragma temp_store = memory;
  `)
  checkCurrent(db)
  return db
}

export function openForScratch(folder: string): DatabaseSync {
  const db = new DatabaseSync(databasePath(folder))
  db.exec('pragma journal_mode = wal; pragma synchronous = off; pragma cache_size = -262144')
  migrate(db)
  return db
}
