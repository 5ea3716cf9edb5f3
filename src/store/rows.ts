import type { Fact, NumberedFact } from '../domain/facts.ts'
import type { CardRow, CodeRow, HoldingRow, MerchantRow, PooledRow, TicketRow, TokenRow } from '../domain/rows.ts'
import type { Face } from '../shape/card/card.ts'
import { CARD_STATUS, CODE_STATUS, FACT_KIND, SOURCE } from './numbers.ts'
import type { Changes, CountedHolding } from './store.ts'

/** Rows as the tables of either engine hold them, and as rules know them. The columns of each are listed here only. */

/** Names of columns, each with the short name of its table before it. */
export const columnsOf = (names: string, table: string): string => names.replace(/\w+/g, `${table}.$&`)

export interface MerchantRecord {
  merchant: number
  appid: string
  secret_hash: string
  sandbox: number
  clock_offset_s: number
  settings: string
  white_list: string
}

export const MERCHANT_COLUMNS = 'merchant, appid, secret_hash, sandbox, clock_offset_s, settings, white_list'

export const merchantRow = (record: MerchantRecord): MerchantRow => ({
  appid: record.appid,
  secret_hash: record.secret_hash,
  sandbox: record.sandbox === 1,
  clock_offset_s: record.clock_offset_s,
  settings: JSON.parse(record.settings) as MerchantRow['settings'],
  white_list: JSON.parse(record.white_list) as MerchantRow['white_list'],
})

export interface TokenRecord extends Omit<TokenRow, 'superseded' | 'forced'> {
  merchant: number
  superseded: number
  forced: number
}

export const TOKEN_COLUMNS = 'token_hash, merchant, kind, nonce, issued_at, expires_at, superseded, forced'

export const tokenRow = ({
  token_hash,
  kind,
  nonce,
  issued_at,
  expires_at,
  superseded,
  forced,
}: TokenRecord): TokenRow => ({
  token_hash,
  kind,
  nonce,
  issued_at,
  expires_at,
  superseded: superseded === 1,
  forced: forced === 1,
})

export interface CardRecord {
  card: number
  card_id: string
  status: number
  source: number
  quantity: number
  total_quantity: number
  deposited: number
  create_time: number
  update_time: number
  refuse_reason: string | null
  version: number
}

export const CARD_COLUMNS =
  'card, card_id, status, source, quantity, total_quantity, deposited, create_time, update_time, refuse_reason, version'

export const cardRow = (record: CardRecord, face: Face): CardRow => ({
  card_id: record.card_id,
  status: CARD_STATUS.name(record.status),
  source: SOURCE.name(record.source),
  quantity: record.quantity,
  total_quantity: record.total_quantity,
  deposited: record.deposited,
  create_time: record.create_time,
  update_time: record.update_time,
  refuse_reason: record.refuse_reason,
  face,
  version: record.version,
})

export interface CodeRecord {
  code: string
  card: number
  holder: number
  openid: string
  status: number
  begin_time: number | null
  end_time: number | null
  outer_str: string | null
  gift_ticket: string | null
  gift_expire_time: number | null
  fact: number
}

/** Of `code` as c and its `holder` as h. */
export const CODE_COLUMNS =
  'c.code, c.card, c.holder, h.openid, c.status, c.begin_time, c.end_time, c.outer_str, c.gift_ticket, c.gift_expire_time, c.fact'

export const codeRow = (record: CodeRecord, card_id: string): CodeRow => ({
  code: record.code,
  card_id,
  openid: record.openid,
  status: CODE_STATUS.name(record.status),
  begin_time: record.begin_time,
  end_time: record.end_time,
  outer_str: record.outer_str,
  gift_ticket: record.gift_ticket,
  gift_expire_time: record.gift_expire_time,
  fact: record.fact,
})

export interface HoldingRecord {
  codes: number
  /** Null if no counts are kept. */
  received: number | null
  consumed: number | null
}

/** Of a row of `counted`, or of none. */
export interface CountedRecord {
  codes: number | null
  received: number | null
  consumed: number | null
}

export const countedRow = (
  { codes, received, consumed }: CountedRecord,
  card_id: string,
  openid: string,
): CountedHolding | undefined =>
  received === null ? undefined : { card_id, openid, codes: codes!, counted: { received, consumed: consumed! } }

export const holdingRow = (record: HoldingRecord, card_id: string, openid: string): HoldingRow =>
  countedRow(record, card_id, openid) ?? { card_id, openid, codes: record.codes }

export type PooledRecord = Omit<PooledRow, 'card_id'>

export interface TicketRecord {
  ticket: string
  expire_time: number
  is_unique_code: number
  used: number
  offers: string
}

export const TICKET_COLUMNS = 'ticket, expire_time, is_unique_code, used, offers'

export const ticketRow = ({ ticket, expire_time, is_unique_code, used, offers }: TicketRecord): TicketRow => ({
  ticket,
  expire_time,
  is_unique_code: is_unique_code === 1,
  used: used === 1,
  offers: JSON.parse(offers) as TicketRow['offers'],
})

export interface FactRecord {
  fact: number
  at: number
  kind: number
  previous: number | null
  card_id: string | null
  code: string | null
  openid: string | null
  begin_time: number | null
  end_time: number | null
  quantity: number | null
  outer_str: string | null
  detail: string | null
}

/** To be followed by a condition on `fact` as f. */
export const SELECT_FACT = `
  select f.fact, f.at, f.kind, f.previous, k.card_id, f.code, h.openid,
         f.begin_time, f.end_time, f.quantity, f.outer_str, f.detail
    from fact f
    left join card k on k.merchant = f.merchant and k.card = f.card
    left join holder h on h.merchant = f.merchant and h.holder = f.holder`

/** The members of a fact that have a column of their own; null where a kind lacks them. */
export type FactColumns = Omit<FactRecord, 'fact' | 'at' | 'kind' | 'previous' | 'detail'>

export function factColumns(fact: Fact): FactColumns {
  const {
    card_id = null,
    code = null,
    openid = null,
    begin_time = null,
    end_time = null,
    quantity = null,
    outer_str = null,
  } = fact as Partial<FactColumns>
  return { card_id, code, openid, begin_time, end_time, quantity, outer_str }
}

/** Which nullable columns belong to a kind even when they are null. */
const NULLABLE: Partial<Record<Fact['kind'], readonly (keyof FactColumns)[]>> = {
  code_received: ['begin_time', 'end_time', 'outer_str'],
  member_activated: ['begin_time', 'end_time'],
  card_viewed: ['outer_str'],
}

export function numberedFact({ fact, at, kind: number, previous, detail, ...columns }: FactRecord): NumberedFact {
  const kind = FACT_KIND.name(number)
  const own = Object.entries(columns).filter(
    ([name, value]) => value !== null || NULLABLE[kind]?.includes(name as keyof FactColumns),
  )
  const told = {
    kind,
    at,
    ...Object.fromEntries(own),
    ...(detail !== null && { detail: JSON.parse(detail) as unknown }),
  }
  return { ...(told as Fact), fact, previous }
}

/**
 * How many ended sessions a commit forgets; of ended replies it forgets as many again as it adds. So they become fewer,
 * and no commit has to forget all of a busy day.
 */
export const FORGOTTEN = 100

/**
 * Codes that no longer have the ticket they were loaded with. It is taken from them before any code is saved, since another
 * code may have it now: one that was renumbered, and whose former number went to a third.
 */
export const withoutFormerTicket = (codes: Changes['codes']): CodeRow[] =>
  codes.flatMap(({ row, loaded }) =>
    loaded && loaded.gift_ticket !== null && row?.gift_ticket !== loaded.gift_ticket ? [loaded] : [],
  )
