import { randomUUID } from 'node:crypto'
import { TryAgain, type UnknownOutcome } from '../store.ts'
import { all, type Database } from './connect.ts'
import { askPatiently } from './failure.ts'
import { BEGIN, undo } from './save.ts'
import type { Tip } from './merchant-state.ts'
import { LOCK_TIP, RENAME_TIP } from './tip.ts'

/** So long it is waited for a batch that the server is still at work on, or believes to be. */
const SET_PATIENCE = `set local lock_timeout = '5s'`

/**
 * Puts an end to batches whose connection broke while they were saved, and finds out what became of them: the tip names the last one
 * that was committed. Where some were not, it is named anew, so that whatever the server has still to read of them is refused.
 *
 * @param batches in their order, each standing on the one before; the first was committed
 * @returns the last of them that was; undefined where nobody can know: the tip has another name by now, the merchant was to be made with
 * them, or the database stays away
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
      // Unless a look before this one named it, and its connection broke just then.
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
 * Tells what became of one of them.
 *
 * @param last as endBatches found
 * @throws TryAgain where it was not saved: as after a conflict, at once, and then one by one, should it be what breaks connections; the
 * error where nobody knows
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
