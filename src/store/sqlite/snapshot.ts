import type { DatabaseSync } from 'node:sqlite'
import { CARDS, CODES, FACTS, HOLDINGS, POOL, readRow, STRAYS, strayOf, TICKETS, type Listing } from '../listings.ts'
import { MERCHANT_COLUMNS, merchantRow, type MerchantRecord } from '../rows.ts'
import type { Snapshot } from '../store.ts'

/** Reads all rows in one transaction, so that a server at work beside it does not change what it sees. */
export function openSnapshot(db: DatabaseSync) {
  db.exec('begin')
  const merchants = db.prepare(`select ${MERCHANT_COLUMNS} from merchant order by merchant`).all() as unknown
  const numbers = new Map((merchants as MerchantRecord[]).map(({ appid, merchant }) => [appid, merchant]))

  function* rows<Record, Row>(listing: Listing<Record, Row>, appid: string): Generator<Row> {
    const merchant = numbers.get(appid)
    if (merchant === undefined) return
    for (const record of db.prepare(listing.select).iterate({ $1: merchant })) yield readRow(listing, record as Record)
  }

  return {
    merchants: () => (merchants as MerchantRecord[]).map(merchantRow),
    strays: () => (db.prepare(STRAYS).all() as unknown as { merchant: number }[]).map(strayOf),
    facts: (appid) => rows(FACTS, appid),
    cards: (appid) => rows(CARDS, appid),
    codes: (appid) => rows(CODES, appid),
    holdings: (appid) => rows(HOLDINGS, appid),
    pool: (appid) => rows(POOL, appid),
    tickets: (appid) => rows(TICKETS, appid),
    close: () => db.close(),
  } satisfies Snapshot
}
