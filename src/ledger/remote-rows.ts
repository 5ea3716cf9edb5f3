import { NotLoaded, type RemoteWriter } from '../store/store.ts'
import type { Wanted } from '../store/wanted.ts'
import { WorkingRows } from './working-rows.ts'

/**
 * Does something with a merchant's rows in a database elsewhere, and saves what it made of them, in one transaction. Where it asks for
 * rows beyond those wanted, these are fetched and it is done anew: so it has to be pure.
 *
 * @param work asks for rows within ifLoaded
 * @throws what RemoteTransaction does; nothing is saved then, except where that cannot be known
 */
export async function onRemoteRows<Answer>(
  writer: RemoteWriter,
  appid: string,
  wanted: Wanted,
  work: (rows: WorkingRows) => Answer,
): Promise<Answer> {
  const transaction = await writer.begin(appid, wanted)
  try {
    for (;;) {
      const rows = new WorkingRows(transaction.rows)
      const answer = work(rows)
      if (await transaction.loadMissing()) continue
      await transaction.commit(rows.changes())
      return answer
    }
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}

/** Undefined where a row has to be fetched first. */
export function ifLoaded<Answer>(ask: () => Answer): Answer | undefined {
  try {
    return ask()
  } catch (error) {
    if (error instanceof NotLoaded) return undefined
    throw error
  }
}
