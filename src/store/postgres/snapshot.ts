import type { HoldingRow, PooledRow } from '../../domain/rows.ts'
import type { Face } from '../../shape/card/card.ts'
import {
  CARD_COLUMNS,
  cardRow,
  CODE_COLUMNS,
  codeRow,
  MERCHANT_COLUMNS,
  merchantRow,
  numberedFact,
  SELECT_FACT,
  TICKET_COLUMNS,
  ticketRow,
  type CardRecord,
  type CodeRecord,
  type FactRecord,
  type MerchantRecord,
  type TicketRecord,
} from '../rows.ts'
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

  /** @param name what a row is called where it cannot be read */
  async function* rows<Record extends object, Row>(
    sql: string,
    appid: string,
    name: (record: Record) => string,
    toRow: (record: Record) => Row,
  ): AsyncGenerator<Row> {
    const merchant = numbers.get(appid)
    if (merchant === undefined) return
    for await (const page of connection.unsafe<Record[]>(sql, [merchant]).cursor(PAGE)) {
      for (const record of page) {
        let row
        try {
          row = toRow(record)
        } catch (error) {
          throw new Error(`${name(record)} cannot be read: ${(error as Error).message}`, { cause: error })
        }
        yield row
      }
    }
  }

  return {
    merchants: () => merchants.map(merchantRow),
    async strays() {
      const strays = await connection.unsafe<{ merchant: number }[]>(
        'select distinct merchant from fact where merchant not in (select merchant from merchant)',
      )
      return strays.map(
        ({ merchant }) => `there are facts of merchant ${merchant}, who is not in the table of merchants`,
      )
    },
    facts: (appid) =>
      rows<FactRecord, ReturnType<typeof numberedFact>>(
        `${SELECT_FACT} where f.merchant = $1 order by f.fact`,
        appid,
        ({ fact }) => `fact ${fact}`,
        numberedFact,
      ),
    cards: (appid) =>
      rows(
        `select ${CARD_COLUMNS.replace(/\w+/g, 'k.$&')}, f.face
           from card k left join face f on f.merchant = k.merchant and f.card = k.card
          where k.merchant = $1 order by k.card_id`,
        appid,
        ({ card_id }: CardRecord) => `card ${card_id}`,
        ({ face, ...record }: CardRecord & { face: string }) => cardRow(record, JSON.parse(face) as Face),
      ),
    // Outer joins, so that a row whose card or holder is not there is seen for what it is.
    codes: (appid) =>
      rows(
        `select ${CODE_COLUMNS}, coalesce(k.card_id, 'no card') as card_id
           from code c
           left join holder h on h.merchant = c.merchant and h.holder = c.holder
           left join card k on k.merchant = c.merchant and k.card = c.card
          where c.merchant = $1
          order by c.code, coalesce(k.card_id, 'no card')`,
        appid,
        ({ code }: CodeRecord) => `code ${code}`,
        (record: CodeRecord & { card_id: string }) => codeRow(record, record.card_id),
      ),
    holdings: (appid) =>
      rows(
        `select coalesce(k.card_id, 'no card') as card_id, coalesce(h.openid, 'no holder') as openid, g.received, g.consumed
           from holding g
           left join holder h on h.merchant = g.merchant and h.holder = g.holder
           left join card k on k.merchant = g.merchant and k.card = g.card
          where g.merchant = $1
          order by coalesce(k.card_id, 'no card'), coalesce(h.openid, 'no holder')`,
        appid,
        ({ card_id, openid }: HoldingRow) => `holding ${card_id} of ${openid}`,
        ({ card_id, openid, received, consumed }: HoldingRow): HoldingRow => ({ card_id, openid, received, consumed }),
      ),
    pool: (appid) =>
      rows(
        `select coalesce(k.card_id, 'no card') as card_id, p.code, p.place
           from pool p left join card k on k.merchant = p.merchant and k.card = p.card
          where p.merchant = $1
          order by coalesce(k.card_id, 'no card'), p.code`,
        appid,
        ({ card_id, code }: PooledRow) => `deposited code ${code} of ${card_id}`,
        ({ card_id, code, place }: PooledRow): PooledRow => ({ card_id, code, place }),
      ),
    tickets: (appid) =>
      rows(
        `select ${TICKET_COLUMNS} from ticket where merchant = $1 order by ticket`,
        appid,
        ({ ticket }: TicketRecord) => `ticket ${ticket}`,
        ticketRow,
      ),
    async close() {
      await connection.unsafe('rollback')
      connection.release()
      await db.end()
    },
  }
}
