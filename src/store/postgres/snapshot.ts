import { CARDS, CODES, FACTS, HOLDINGS, POOL, readRow, STRAYS, strayOf, TICKETS, type Listing } from '../listings.ts'
import { MERCHANT_COLUMNS, merchantRow, type MerchantRecord } from '../rows.ts'
import type { Snapshot } from '../store.ts'
import type { Database } from './connect.ts'

/** So many rows come at a time. */
const PAGE = 1000

/** Reads all rows in one transaction, so that servers at work beside it change nothing in what is seen. */
export async function openSnapshot(db: Database): Promise<Snapshot> {
  const [found] = await db.ask<{ version: string | null }>("select to_regclass('schema_version')::text as version")
  if (!found?.version) {
    await db.end()
    throw new Error('DATABASE_URL: the database holds no data yet')
  }
  const connection = await db.reserve()
  await connection.ask('begin isolation level repeatable read read only')
  const merchants = await connection.ask<MerchantRecord>(`select ${MERCHANT_COLUMNS} from merchant order by merchant`)
  /** Names of cursors that are closed, so that few statements have to be prepared. */
  const free: string[] = []
  let cursors = 0
  const numbers = new Map(merchants.map(({ appid, merchant }) => [appid, merchant]))

  async function* rows<Record extends object, Row>(listing: Listing<Record, Row>, appid: string): AsyncGenerator<Row> {
    const merchant = numbers.get(appid)
    if (merchant === undefined) return
    const cursor = free.pop() ?? `rows${++cursors}`
    await connection.ask(`declare ${cursor} no scroll cursor for ${listing.select}`, [merchant])
    for (;;) {
      const page = await connection.ask<Record>(`fetch ${PAGE} from ${cursor}`)
      for (const record of page) yield readRow(listing, record)
      if (page.length < PAGE) break
    }
    await connection.ask(`close ${cursor}`)
    free.push(cursor)
  }

  return {
    merchants: () => merchants.map(merchantRow),
    strays: async () => (await connection.ask<{ merchant: number }>(STRAYS)).map(strayOf),
    facts: (appid) => rows(FACTS, appid),
    cards: (appid) => rows(CARDS, appid),
    codes: (appid) => rows(CODES, appid),
    holdings: (appid) => rows(HOLDINGS, appid),
    pool: (appid) => rows(POOL, appid),
    tickets: (appid) => rows(TICKETS, appid),
    async close() {
      await connection.ask('rollback')
      connection.release()
      await db.end()
    },
  }
}
