import { CARD_COLUMNS, CODE_COLUMNS, columnsOf, type CardRecord, type CodeRecord } from '../rows.ts'
import { one, perhapsOne } from './lateral.ts'

/** A code with its card, and what its holder has received and redeemed of that card: all of one moment. */
export type HeldRecord = CodeRecord &
  Omit<CardRecord, 'status'> & { card_status: number; received: number | null; consumed: number | null }

/** Of `code` as c and `holder` as h, followed by WITH_CARD. Cards have a status too, which has another name here. */
export const HELD_COLUMNS = `${CODE_COLUMNS.replace('c.card, ', '')},
  ${columnsOf(CARD_COLUMNS, 'k').replace('k.status', 'k.status as card_status')}, g.received, g.consumed`

export const WITH_CARD = `
  ${one('card k', 'k.card = c.card')} k
  ${perhapsOne('holding g', 'g.card = c.card and g.holder = c.holder')} g on true`

/** Parameters: the merchant's number, and a list of codes. The key of code. */
export const SELECT_HELD_CODES = `
  select ${HELD_COLUMNS}
    from unnest($2::text[]) w (code)
    ${one('code c', 'c.code = w.code')} c
    ${one('holder h', 'h.holder = c.holder')} h ${WITH_CARD}`

/** The cards of codes, each once. */
export function cardsIn(records: readonly HeldRecord[]): CardRecord[] {
  const cards = new Map<number, CardRecord>()
  for (const record of records) {
    if (!cards.has(record.card)) cards.set(record.card, { ...record, status: record.card_status })
  }
  return [...cards.values()]
}
