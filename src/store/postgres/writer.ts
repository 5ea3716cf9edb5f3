import type { RemoteWriter } from '../store.ts'
import { claim } from './claim.ts'
import { isNowhere, type Connection, type Database } from './connect.ts'
import { Faces } from './faces.ts'
import { translated } from './failure.ts'
import { LockedTransaction } from './locked.ts'
import { Pipeline } from './pipeline.ts'
import { beginSums } from './sums.ts'

const SELECT = {
  merchantOf: 'select merchant from merchant where appid = $1',
  lastFact: 'select fact from tip where merchant = $1',
}

/** No merchant has this number: they begin with 1. */
const NO_MERCHANT = 0

export function openWriter(db: Database): RemoteWriter {
  /** A merchant keeps its number for ever. */
  const merchants = new Map<string, number>()
  const faces = new Faces()

  /** NO_MERCHANT if there is no such merchant. */
  async function numberOf(connection: Connection | Database, appid: string): Promise<number> {
    const known = merchants.get(appid)
    if (known !== undefined) return known
    if (isNowhere(appid)) return NO_MERCHANT
    const [record] = await translated(connection.ask<{ merchant: number }>(SELECT.merchantOf, [appid]))
    if (record) merchants.set(appid, record.merchant)
    return record?.merchant ?? NO_MERCHANT
  }

  return {
    async begin(appid, wanted) {
      const connection = await translated(db.reserve())
      const transaction = new LockedTransaction(db, connection, faces)
      try {
        await translated(transaction.open(await numberOf(connection, appid), wanted))
      } catch (error) {
        await transaction.rollback()
        throw error
      }
      return transaction
    },
    async pipeline(appid) {
      const merchant = await numberOf(db, appid)
      return merchant === NO_MERCHANT ? undefined : new Pipeline(db, merchant, faces)
    },
    async lastFact(appid) {
      const [tip] = await translated(db.ask<{ fact: number }>(SELECT.lastFact, [await numberOf(db, appid)]))
      return tip?.fact ?? 0
    },
    async beginSums(appid) {
      const connection = await translated(db.reserve())
      try {
        const merchant = await numberOf(connection, appid)
        if (merchant !== NO_MERCHANT) return await beginSums(connection, merchant)
      } catch (error) {
        connection.release()
        throw error
      }
      connection.release()
      return undefined
    },
    async claim(appid, job, seconds) {
      if (appid === undefined) return claim(db, NO_MERCHANT, job, seconds)
      const merchant = await numberOf(db, appid)
      return merchant !== NO_MERCHANT && claim(db, merchant, job, seconds)
    },
    close: () => db.end(),
  }
}
