import { randomUUID } from 'node:crypto'
import { TryAgain, type UnknownOutcome } from '../store.ts'
import { all, type Database } from './connect.ts'
import { askPatiently } from './failure.ts'
import { BEGIN, undo } from './save.ts'
import type { Tip } from './merchant-state.ts'
import { LOCK_TIP, RENAME_TIP } from './tip.ts'

/** How long to wait for a batch that the server may still be executing. */
const SET_PATIENCE = `set local lock_timeout = '5s'`

/**
 * Ends batches whose connection broke while they were saved, and finds out what became of them: the tip names the last
 * one that was committed. If some were not, the tip gets a new name, so that whatever the server has yet to read of
 * them is refused.
 *
 * @param batches in order, each based on the one before; the first was committed
 * @returns the last one that was committed; undefined if nobody can know: the tip has another name by now, the merchant
 * was to be made with them, or the database stays unreachable
 */
export async function endBatches(
  db: Database,
  merchant: number,
  batches: readonly string[],
): Promise<string | undefined> {
  const name = randomUUID()
  let last: string | undefined
  const look = async (): Promise<void> => {
    const connection = await db.reserve()
    try {
      const [, , [tip]] = await all([
        connection.ask(...BEGIN),
        connection.ask(SET_PATIENCE),
        connection.ask<Tip>(LOCK_TIP, [merchant]),
      ])
      // Unless an earlier look gave it this name, and its connection broke just then.
      if (tip?.batch !== name) last = batches.find((batch) => batch === tip?.batch)
      const isDecided = last === undefined || last === batches.at(-1)
      await connection.carryOut([...(isDecided ? [] : [[RENAME_TIP, [merchant, name]] as const]), ['commit']])
    } catch (error) {
      await undo(connection)
      throw error
    } finally {
      connection.release()
    }
  }
  try {
    await askPatiently(look)
  } catch {
    return undefined
  }
  return last
}

/**
 * Returns if a batch was saved.
 *
 * @param last as endBatches found
 * @throws TryAgain if it was not: at once, as after a conflict, and then one by one, in case it is what breaks
 * connections; the error if nobody knows
 */
export function tellOf(
  batch: string,
  batches: readonly string[],
  last: string | undefined,
  error: UnknownOutcome,
): void {
  if (last === undefined) throw error
  if (batches.indexOf(batch) > batches.indexOf(last)) throw new TryAgain(true, error)
}
