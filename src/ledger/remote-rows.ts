import { NotLoaded, type RemoteTransaction, type RemoteWriter } from '../store/store.ts'
import type { Wanted } from '../store/wanted.ts'
import { WorkingRows } from './working-rows.ts'

/**
 * Does work on rows of one merchant in a remote database and saves the changes, all in one transaction.
 *
 * @param work see workOn
 * @throws what RemoteTransaction does; nothing is saved then, unless that cannot be known
 */
export async function onRemoteRows<Answer>(
  writer: RemoteWriter,
  appid: string,
  wanted: Wanted,
  work: (rows: WorkingRows) => Answer,
): Promise<Answer> {
  const transaction = await writer.begin(appid, wanted)
  try {
    const { answer, rows } = await workOn(transaction, work)
    const { saved } = await transaction.commit(rows.changes())
    await saved
    return answer
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}

/**
 * Does work on rows of a remote database. If it asks for rows that were not fetched, they are fetched and it is done
 * again, so it has to be pure.
 *
 * @param work asks for rows within ifLoaded
 * @param formers see WorkingRows
 */
export async function workOn<Answer>(
  transaction: RemoteTransaction,
  work: (rows: WorkingRows) => Answer,
  formers: readonly WorkingRows[] = [],
): Promise<{ answer: Answer; rows: WorkingRows }> {
  for (;;) {
    const rows = new WorkingRows(transaction.rows, formers)
    const answer = work(rows)
    if (await transaction.loadMissing()) continue
    rows.forgetFormers()
    return { answer, rows }
  }
}

/** Undefined if a row has to be fetched first. */
export function ifLoaded<Answer>(ask: () => Answer): Answer | undefined {
  try {
    return ask()
  } catch (error) {
    if (error instanceof NotLoaded) return undefined
    throw error
  }
}
