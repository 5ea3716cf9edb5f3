import type { NumberedFact } from '../domain/facts.ts'
import type { CardRow, CodeRow, PooledRow, TicketRow } from '../domain/rows.ts'
import type { Face } from '../shape/card/card.ts'
import { CODE_STATUS } from './numbers.ts'
import {
  CARD_COLUMNS,
  cardRow,
  CODE_COLUMNS,
  codeRow,
  columnsOf,
  numberedFact,
  SELECT_FACT,
  TICKET_COLUMNS,
  ticketRow,
  type CardRecord,
  type CodeRecord,
  type FactRecord,
  type TicketRecord,
} from './rows.ts'
import type { KeptHolding } from './store.ts'

/** What a snapshot reads, on either engine. */

/** All rows of one kind that a merchant, $1, has. */
export interface Listing<Record, Row> {
  select: string
  /** What a row is called if it cannot be read. */
  name(this: void, record: Record): string
  toRow(this: void, record: Record): Row
}

export const FACTS: Listing<FactRecord, NumberedFact> = {
  select: `${SELECT_FACT} where f.merchant = $1 order by f.fact`,
  name: ({ fact }) => `fact ${fact}`,
  toRow: numberedFact,
}

// Outer joins from here on, so that a row without its card, face or holder is reported as such.

export const CARDS: Listing<CardRecord & { face: string | null }, CardRow> = {
  select: `
    select ${columnsOf(CARD_COLUMNS, 'k')}, f.face
      from card k left join face f on f.merchant = k.merchant and f.card = k.card
     where k.merchant = $1 order by k.card_id`,
  name: ({ card_id }) => `card ${card_id}`,
  toRow({ face, ...record }) {
    if (face === null) throw new Error('it has no face')
    return cardRow(record, JSON.parse(face) as Face)
  },
}

export const CODES: Listing<CodeRecord & { card_id: string }, CodeRow> = {
  select: `
    select ${CODE_COLUMNS}, coalesce(k.card_id, 'no card') as card_id
      from code c
      left join holder h on h.merchant = c.merchant and h.holder = c.holder
      left join card k on k.merchant = c.merchant and k.card = c.card
     where c.merchant = $1
     order by c.code, coalesce(k.card_id, 'no card')`,
  name: ({ code }) => `code ${code}`,
  toRow: (record) => codeRow(record, record.card_id),
}

interface KeptRecord {
  card_id: string
  openid: string
  codes: number
  received: number
  consumed: number
  found: number
  found_consumed: number
}

/** Of `counted` as g: code_of_holder. */
function countCodes(condition = ''): string {
  return `(select count(*) from code c
            where c.merchant = g.merchant and c.holder = g.holder and c.card = g.card ${condition})`
}

export const HOLDINGS: Listing<KeptRecord, KeptHolding> = {
  select: `
    select coalesce(k.card_id, 'no card') as card_id, coalesce(h.openid, 'no holder') as openid,
           g.codes, g.received, g.consumed, ${countCodes()} as found,
           ${countCodes(`and c.status = ${CODE_STATUS.of('CONSUMED')}`)} as found_consumed
      from counted g
      left join holder h on h.merchant = g.merchant and h.holder = g.holder
      left join card k on k.merchant = g.merchant and k.card = g.card
     where g.merchant = $1
     order by coalesce(k.card_id, 'no card'), coalesce(h.openid, 'no holder')`,
  name: ({ card_id, openid }) => `holding ${card_id} of ${openid}`,
  toRow: ({ card_id, openid, codes, received, consumed, found, found_consumed }) => ({
    card_id,
    openid,
    codes,
    counted: { received, consumed },
    found: { codes: found, consumed: found_consumed },
  }),
}

export const POOL: Listing<PooledRow, PooledRow> = {
  select: `
    select coalesce(k.card_id, 'no card') as card_id, p.code, p.place
      from pool p left join card k on k.merchant = p.merchant and k.card = p.card
     where p.merchant = $1
     order by coalesce(k.card_id, 'no card'), p.code`,
  name: ({ card_id, code }) => `deposited code ${code} of ${card_id}`,
  toRow: ({ card_id, code, place }) => ({ card_id, code, place }),
}

export const TICKETS: Listing<TicketRecord, TicketRow> = {
  select: `select ${TICKET_COLUMNS} from ticket where merchant = $1 order by ticket`,
  name: ({ ticket }) => `ticket ${ticket}`,
  toRow: ticketRow,
}

export const STRAYS = 'select distinct merchant from fact where merchant not in (select merchant from merchant)'

export const strayOf = ({ merchant }: { merchant: number }): string =>
  `there are facts of merchant ${merchant}, who is not in the table of merchants`

export function readRow<Record, Row>({ name, toRow }: Listing<Record, Row>, record: Record): Row {
  try {
    return toRow(record)
  } catch (error) {
    throw new Error(`${name(record)} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}
