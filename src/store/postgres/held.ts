import { CARD_COLUMNS, CODE_COLUMNS, columnsOf, type CardRecord, type CodeRecord, type CountedRecord } from '../rows.ts'
import { one, perhapsOne } from './lateral.ts'

/** A code with its card, both of one moment. */
export type HeldRecord = CodeRecord & Omit<CardRecord, 'status'> & { card_status: number }

/** A code comes with the counts that are kept of what its holder has of its card. */
export type WithCounts<Record> = Record & CountedRecord

/** Of `code` as c and `holder` as h, followed by WITH_CARD. The status of the card gets another name here. */
export const HELD_COLUMNS = `${CODE_COLUMNS.replace('c.card, ', '')},
  ${columnsOf(CARD_COLUMNS, 'k').replace('k.status', 'k.status as card_status')}`

export const WITH_CARD = one('card k', 'k.card = c.card') + ' k'

/** To be used with withHolding. */
export const HOLDING_COLUMNS = 'coalesce(g.codes, n.codes) as codes, g.received, g.consumed'

/** The key of counted. */
const withCounts = (card: string, holder: string): string =>
  `${perhapsOne('counted g', `g.card = ${card} and g.holder = ${holder}`)} g on true`

/** What a holder has of a card: the key of counted, or code_of_holder. */
export const withHolding = (card: string, holder: string): string => `
  ${withCounts(card, holder)}
  cross join lateral (
    select count(*) as codes from code o
     where g.card is null and o.merchant = $1 and o.holder = ${holder} and o.card = ${card}) n`

/** Parameters: the merchant's number, and a list of codes. The key of code. */
const selectCodes = (columns: string, joins: string): string => `
  select ${columns}, g.codes, g.received, g.consumed
    from unnest($2::text[]) w (code)
    ${one('code c', 'c.code = w.code')} c
    ${one('holder h', 'h.holder = c.holder')} h ${joins} ${withCounts('c.card', 'c.holder')}`

export const SELECT_CODES = selectCodes(CODE_COLUMNS, '')
export const SELECT_HELD_CODES = selectCodes(HELD_COLUMNS, WITH_CARD)

/** The cards of codes, each once. */
export function cardsIn(records: readonly HeldRecord[]): CardRecord[] {
  const cards = new Map<number, CardRecord>()
  for (const record of records) {
    if (!cards.has(record.card)) cards.set(record.card, { ...record, status: record.card_status })
  }
  return [...cards.values()]
}
