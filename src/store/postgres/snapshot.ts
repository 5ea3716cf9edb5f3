import { CARDS, CODES, FACTS, HOLDINGS, POOL, readRow, STRAYS, strayOf, TICKETS, type Listing } from '../listings.ts'
import { MERCHANT_COLUMNS, merchantRow, type MerchantRecord } from '../rows.ts'
import type { Snapshot } from '../store.ts'
import type { Database } from './connect.ts'

/** So many rows come at a time. */
const PAGE = 1000

/** Reads all rows in one transaction, so that servers at work beside it change nothing in what is seen. */
export async function openSnapshot(db: Database): Promise<Snapshot> {
  const [found] = await db<{ version: string | null }[]>`select to_regclass('schema_version') as version`
  if (!found?.version) {
    await db.end()
    throw new Error('DATABASE_URL: the database holds no data yet')
  }
  const connection = await db.reserve()
  await connection.unsafe('begin isolation level repeatable read read only')
  const merchants = await connection.unsafe<MerchantRecord[]>(
    `select ${MERCHANT_COLUMNS} from merchant order by merchant`,
  )
  const numbers = new Map(merchants.map(({ appid, merchant }) => [appid, merchant]))

  async function* rows<Record extends object, Row>(listing: Listing<Record, Row>, appid: string): AsyncGenerator<Row> {
    const merchant = numbers.get(appid)
    if (merchant === undefined) return
    for await (const page of connection.unsafe<Record[]>(listing.select, [merchant]).cursor(PAGE)) {
      for (const record of page) yield readRow(listing, record)
    }
  }

  return {
    merchants: () => merchants.map(merchantRow),
    strays: async () => (await connection.unsafe<{ merchant: number }[]>(STRAYS)).map(strayOf),
    facts: (appid) => rows(FACTS, appid),
    cards: (appid) => rows(CARDS, appid),
    codes: (appid) => rows(CODES, appid),
    holdings: (appid) => rows(HOLDINGS, appid),
    pool: (appid) => rows(POOL, appid),
    tickets: (appid) => rows(TICKETS, appid),
    async close() {
      await connection.unsafe('rollback')
      connection.release()
      await db.end()
    },
  }
}
