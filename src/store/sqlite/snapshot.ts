import type { DatabaseSync } from 'node:sqlite'
import type { HoldingRow, PooledRow } from '../../domain/rows.ts'
import type { Snapshot } from '../store.ts'
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
import { Faces } from './faces.ts'

/** Reads all rows in one transaction, so that a server at work beside it changes nothing in what is seen. */
export function openSnapshot(db: DatabaseSync) {
  db.exec('begin')
  const faces = new Faces(db)
  const merchants = db.prepare(`select ${MERCHANT_COLUMNS} from merchant order by merchant`).all()
  const numbers = new Map((merchants as unknown as MerchantRecord[]).map(({ appid, merchant }) => [appid, merchant]))

  /** @param name what a row is called where it cannot be read */
  function* rows<Row>(
    sql: string,
    appid: string,
    name: (record: never) => string,
    toRow: (record: never, merchant: number) => Row,
  ): Generator<Row> {
    const merchant = numbers.get(appid)
    if (merchant === undefined) return
    for (const record of db.prepare(sql).iterate({ merchant })) {
      let row
      try {
        row = toRow(record as never, merchant)
      } catch (error) {
        throw new Error(`${name(record as never)} cannot be read: ${(error as Error).message}`, { cause: error })
      }
      yield row
    }
  }

  return {
    merchants: () => (merchants as unknown as MerchantRecord[]).map(merchantRow),
    strays: () =>
      db
        .prepare('select distinct merchant from fact where merchant not in (select merchant from merchant)')
        .all()
        .map(({ merchant }) => `there are facts of merchant ${Number(merchant)}, who is not in the table of merchants`),
    facts: (appid) =>
      rows(
        `${SELECT_FACT} where f.merchant = :merchant order by f.fact`,
        appid,
        ({ fact }: FactRecord) => `fact ${fact}`,
        numberedFact,
      ),
    cards: (appid) =>
      rows(
        `select ${CARD_COLUMNS} from card where merchant = :merchant order by card_id`,
        appid,
        ({ card_id }: CardRecord) => `card ${card_id}`,
        (record: CardRecord, merchant) => cardRow(record, faces.of(merchant, record.card, record.version)),
      ),
    // Outer joins, so that a row whose card or holder is not there is seen for what it is.
    codes: (appid) =>
      rows(
        `select ${CODE_COLUMNS}, coalesce(k.card_id, 'no card') as card_id
           from code c
           left join holder h on h.merchant = c.merchant and h.holder = c.holder
           left join card k on k.merchant = c.merchant and k.card = c.card
          where c.merchant = :merchant
          order by c.code, coalesce(k.card_id, 'no card')`,
        appid,
        ({ code }: CodeRecord) => `code ${code}`,
        (record: CodeRecord & { card_id: string }) => codeRow(record, record.card_id),
      ),
    holdings: (appid) =>
      rows(
        `select coalesce(k.card_id, 'no card') as card_id, coalesce(h.openid, 'no holder') as openid, g.received, g.consumed
           from holding g
           left join card k on k.merchant = g.merchant and k.card = g.card
           left join holder h on h.merchant = g.merchant and h.holder = g.holder
          where g.merchant = :merchant
          order by coalesce(k.card_id, 'no card'), coalesce(h.openid, 'no holder')`,
        appid,
        ({ card_id, openid }: HoldingRow) => `holding ${card_id} of ${openid}`,
        ({ card_id, openid, received, consumed }: HoldingRow): HoldingRow => ({ card_id, openid, received, consumed }),
      ),
    pool: (appid) =>
      rows(
        `select coalesce(k.card_id, 'no card') as card_id, p.code, p.place
           from pool p left join card k on k.merchant = p.merchant and k.card = p.card
          where p.merchant = :merchant
          order by coalesce(k.card_id, 'no card'), p.code`,
        appid,
        ({ card_id, code }: PooledRow) => `deposited code ${code} of ${card_id}`,
        ({ card_id, code, place }: PooledRow): PooledRow => ({ card_id, code, place }),
      ),
    tickets: (appid) =>
      rows(
        `select ${TICKET_COLUMNS} from ticket where merchant = :merchant order by ticket`,
        appid,
        ({ ticket }: TicketRecord) => `ticket ${ticket}`,
        ticketRow,
      ),
    close: () => db.close(),
  } satisfies Snapshot
}
