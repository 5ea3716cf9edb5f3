import type { DatabaseSync } from 'node:sqlite'
import type { HoldingRow } from '../../domain/rows.ts'
import type { Snapshot } from '../store.ts'
import {
  CARD_COLUMNS,
  cardRow,
  CODE_COLUMNS,
  codeRow,
  Faces,
  MERCHANT_COLUMNS,
  merchantRow,
  numberedFact,
  SELECT_FACT,
  type CardRecord,
  type CodeRecord,
  type MerchantRecord,
} from './rows.ts'

/** Reads all rows in one transaction, so that a server at work beside it changes nothing in what is seen. */
export function openSnapshot(db: DatabaseSync): Snapshot {
  db.exec('begin')
  const faces = new Faces(db)
  const merchants = db.prepare(`select ${MERCHANT_COLUMNS} from merchant order by merchant`).all()
  const numbers = new Map((merchants as unknown as MerchantRecord[]).map(({ appid, merchant }) => [appid, merchant]))

  function* rows<Row>(sql: string, appid: string, toRow: (record: never, merchant: number) => Row): Generator<Row> {
    const merchant = numbers.get(appid)
    if (merchant === undefined) return
    for (const record of db.prepare(sql).iterate({ merchant })) yield toRow(record as never, merchant)
  }

  return {
    merchants: () => (merchants as unknown as MerchantRecord[]).map(merchantRow),
    facts: (appid) => rows(`${SELECT_FACT} where f.merchant = :merchant order by f.fact`, appid, numberedFact),
    cards: (appid) =>
      rows(
        `select ${CARD_COLUMNS} from card where merchant = :merchant order by card_id`,
        appid,
        (record: CardRecord, merchant) => cardRow(record, faces.of(merchant, record.card, record.version)),
      ),
    codes: (appid) =>
      rows(
        `select ${CODE_COLUMNS}, k.card_id
           from code c
           join holder h on h.merchant = c.merchant and h.holder = c.holder
           join card k on k.merchant = c.merchant and k.card = c.card
          where c.merchant = :merchant
          order by c.code, k.card_id`,
        appid,
        (record: CodeRecord & { card_id: string }) => codeRow(record, record.card_id),
      ),
    holdings: (appid) =>
      rows(
        `select k.card_id, h.openid, g.received, g.consumed
           from holding g
           join card k on k.merchant = g.merchant and k.card = g.card
           join holder h on h.merchant = g.merchant and h.holder = g.holder
          where g.merchant = :merchant
          order by k.card_id, h.openid`,
        appid,
        ({ card_id, openid, received, consumed }: HoldingRow): HoldingRow => ({ card_id, openid, received, consumed }),
      ),
    close: () => db.close(),
  }
}
