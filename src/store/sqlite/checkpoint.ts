import { parentPort, workerData } from 'node:worker_threads'
import { DatabaseSync } from 'node:sqlite'
import { databasePath } from './open.ts'

/**
 * The thread that moves what was committed from the log into the database file, so that neither the one who writes nor
 * those who read wait for it.
 */

const EVERY_MS = 300

/** Past so many pages the log is begun anew, for which the one who writes has to stand still a moment. */
const LONG_LOG_PAGES = 16_384

const db = new DatabaseSync(databasePath(workerData as string), { timeout: 1000 })
db.exec('pragma synchronous = full; pragma wal_autocheckpoint = 0')
const passive = db.prepare('pragma wal_checkpoint(passive)')
const restart = db.prepare('pragma wal_checkpoint(restart)')

const timer = setInterval(() => {
  const { log } = passive.get() as { log: number }
  if (log > LONG_LOG_PAGES) restart.get()
}, EVERY_MS)

parentPort!.once('message', () => {
  clearInterval(timer)
  db.close()
})
