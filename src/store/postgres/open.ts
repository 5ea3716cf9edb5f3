import type { Questions, RemoteWriter, Snapshot } from '../store.ts'
import { Database, FOR_SHORT_STATEMENTS, LEAVING_NO_LOCK } from './connect.ts'
import { openQuestions } from './questions.ts'
import { migrate } from './schema.ts'
import { openSnapshot } from './snapshot.ts'
import { openWriter } from './writer.ts'

/** How many questions one process asks at a time, and for how many merchants it writes at a time. */
const READERS = 8
export const WRITERS = 8

/** Makes the tables where there are none. */
export async function openForWriting(database_url: string): Promise<RemoteWriter> {
  const db = new Database(database_url, WRITERS, { ...FOR_SHORT_STATEMENTS, ...LEAVING_NO_LOCK })
  try {
    await migrate(db)
  } catch (error) {
    await db.end()
    throw error
  }
  return openWriter(db)
}

export const openForReading = (database_url: string): Questions =>
  // As for short statements; otherwise plans are free.
  openQuestions(new Database(database_url, READERS, { enable_memoize: FOR_SHORT_STATEMENTS.enable_memoize }))

export const openForSnapshot = (database_url: string): Promise<Snapshot> =>
  // The reader of a snapshot may be slow, and so may the pages of a large table.
  openSnapshot(new Database(database_url, 1, { idle_in_transaction_session_timeout: '0' }, Infinity))
