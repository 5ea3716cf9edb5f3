import { CARDS, CODES, FACTS, HOLDINGS, POOL, readRow, STRAYS, strayOf, TICKETS, type Listing } from '../listings.ts'
import { MERCHANT_COLUMNS, merchantRow, type MerchantRecord } from '../rows.ts'
import { ReadingEnded, type Snapshot } from '../store.ts'
import type { Database } from './connect.ts'
import { checkCurrent } from './schema.ts'

/** How many rows are fetched at a time. */
const PAGE = 1000

/** Reads all rows in one transaction, so that servers at work beside it do not change what it sees. */
export async function openSnapshot(db: Database): Promise<Snapshot> {
  const connection = await db.reserve().catch((error: unknown) => {
    throw ended(error)
  })
  async function ask<Record extends object = object>(statement: string, parameters?: unknown[]): Promise<Record[]> {
    try {
      return await connection.ask<Record>(statement, parameters)
    } catch (error) {
      throw ended(error)
    }
  }
  async function close(): Promise<void> {
    await connection.ask('rollback').catch(() => {})
    connection.release()
    await db.end()
  }
  async function begin(): Promise<MerchantRecord[]> {
    try {
      await ask('begin isolation level repeatable read read only')
      await checkCurrent({ ask })
      return await ask<MerchantRecord>(`select ${MERCHANT_COLUMNS} from merchant order by merchant`)
    } catch (error) {
      await close()
      throw error
    }
  }
  const merchants = await begin()
  /** Names of closed cursors, reused so that few statements have to be prepared. */
  const free: string[] = []
  let cursors = 0
  const numbers = new Map(merchants.map(({ appid, merchant }) => [appid, merchant]))

  async function* rows<Record extends object, Row>(listing: Listing<Record, Row>, appid: string): AsyncGenerator<Row> {
    const merchant = numbers.get(appid)
    if (merchant === undefined) return
    const cursor = free.pop() ?? `rows${++cursors}`
    await ask(`declare ${cursor} no scroll cursor for ${listing.select}`, [merchant])
    for (;;) {
      const page = await ask<Record>(`fetch ${PAGE} from ${cursor}`)
      for (const record of page) yield readRow(listing, record)
      if (page.length < PAGE) break
    }
    await ask(`close ${cursor}`)
    free.push(cursor)
  }

  return {
    merchants: () => merchants.map(merchantRow),
    strays: async () => (await ask<{ merchant: number }>(STRAYS)).map(strayOf),
    facts: (appid) => rows(FACTS, appid),
    cards: (appid) => rows(CARDS, appid),
    codes: (appid) => rows(CODES, appid),
    holdings: (appid) => rows(HOLDINGS, appid),
    pool: (appid) => rows(POOL, appid),
    tickets: (appid) => rows(TICKETS, appid),
    close,
  }
}

const ended = (error: unknown): ReadingEnded =>
  new ReadingEnded(`DATABASE_URL: ${(error as Error).message}`, { cause: error })
