import type { Face } from '../shape/card/card.ts'

/**
 * The rows that rules read and facts change: plain values. Rows are never altered in place; a changed row replaces the
 * former one.
 */

/** The settings of `kaquan merchant set`. */
export interface Settings {
  name: string
  /** Does a new or changed card pass at once, or wait until someone approves it? */
  review: 'automatic' | 'manual'
  wechat_pay: boolean
  custom_code: boolean
  balance: boolean
  gift_timeout_hours: number
  push_url: string
  push_token: string
  push_aes_key: string
  /** Addresses and networks that may ask for tokens, separated by commas; if empty, all may. */
  ip_allowlist: string
}

/** Whoever may receive cards that are not approved: openids, and user names, which are only kept and shown. */
export interface WhiteList {
  openids: readonly string[]
  usernames: readonly string[]
}

/** What the server knows of a merchant besides its cards. */
export interface MerchantRow {
  appid: string
  secret_hash: string
  /** A merchant for tests, whose clock may be moved. */
  sandbox: boolean
  /** How far the clock of a sandbox merchant is ahead of the server's, in seconds; may be negative. */
  clock_offset_s: number
  settings: Settings
  white_list: WhiteList
}

export type CardStatus =
  | 'CARD_STATUS_NOT_VERIFY'
  | 'CARD_STATUS_VERIFY_FAIL'
  | 'CARD_STATUS_VERIFY_OK'
  | 'CARD_STATUS_DELETE'
  | 'CARD_STATUS_DISPATCH'

export interface CardRow {
  card_id: string
  status: CardStatus
  /** Where it was made: cond_source in the reports. */
  source: 'console' | 'api'
  /** How many may still be received. */
  quantity: number
  /** How many have ever been offered. */
  total_quantity: number
  /** How many codes have ever been deposited. */
  deposited: number
  create_time: number
  update_time: number
  refuse_reason: string | null
  face: Face
  /** Counts the changes of the face, so that a copy is known to be stale. */
  version: number
}

/**
 * The states that are stored. What time has made of them is worked out by the clock: see code/status.ts. EXPIRE is
 * stored only to show that the expiry has been counted.
 */
export type StoredStatus = 'NORMAL' | 'CONSUMED' | 'EXPIRE' | 'GIFTING' | 'GIFT_SUCC' | 'DELETE' | 'UNAVAILABLE'

export interface CodeRow {
  code: string
  card_id: string
  openid: string
  status: StoredStatus
  /** First and last second of validity. Both null: the code follows its card's fixed range. Last null: it never ends. */
  begin_time: number | null
  end_time: number | null
  /** The channel it was received through. */
  outer_str: string | null
  /** What a friend takes it with, and the last second for that; both null if it is on its way to nobody. */
  gift_ticket: string | null
  gift_expire_time: number | null
  /** The number of the latest fact about this code; each fact names the one before, so its history can be read. */
  fact: number
}

/** What a member starts with. Points are whole numbers, money is in fen. */
export interface Membership {
  membership_number: string
  init_bonus: number
  init_balance: number
  init_bonus_record?: string | undefined
  background_pic_url?: string | undefined
  init_custom_field_value1?: string | undefined
  init_custom_field_value2?: string | undefined
  init_custom_field_value3?: string | undefined
}

/** A deposited code that nobody has received yet. */
export interface PooledRow {
  card_id: string
  code: string
  /** Counts the codes deposited for the card, from 1: they are handed out in this order. */
  place: number
}

/** One card that a QR code offers. */
export interface Offer {
  card_id: string
  /** The number of a custom code. */
  code?: string | undefined
  /** The only holder that may receive it. */
  openid?: string | undefined
  /** The channel. */
  outer_str?: string | undefined
}

/** What stands behind a QR code. */
export interface TicketRow {
  ticket: string
  /** The last second in which it is good. */
  expire_time: number
  /** Good for one receipt only. */
  is_unique_code: boolean
  used: boolean
  offers: readonly Offer[]
}

/** How many codes of a card one holder has received, and redeemed. */
export interface Counts {
  received: number
  consumed: number
}

/** What one holder has of one card: see holder/holding.ts. */
export interface HoldingRow {
  card_id: string
  openid: string
  /** How many codes they have, in whatever state. */
  codes: number
  /** Set if their codes do not tell. */
  counted?: Counts | undefined
}

/** An access_token, known by its hash. Tokens are no facts: they end by themselves, and verify passes over them. */
export interface TokenRow {
  token_hash: string
  kind: 'plain' | 'stable'
  /** Its random part; the token is made from it and the merchant's secret, which is not stored. */
  nonce: string
  issued_at: number
  expires_at: number
  superseded: boolean
  forced: boolean
}

/** A link that opens the wallet as a holder, known by its hash. No fact either. */
export interface SessionRow {
  session_hash: string
  openid: string
  /** By the merchant's clock. */
  expires_at: number
}

/** The rows of one merchant as a command sees them, with the changes of commands before it in the same commit. */
export interface Rows {
  /** Undefined if the merchant does not exist yet. */
  merchant(): MerchantRow | undefined
  card(card_id: string): CardRow | undefined
  /** Every code that bears this number: at most one generated here, and one for each card with custom codes. */
  codes(code: string): readonly CodeRow[]
  /** Has no codes if the holder has nothing of this card yet. */
  holding(card_id: string, openid: string): HoldingRow
  /** The counts kept of what a holder has; undefined if their codes tell. */
  counted(card_id: string, openid: string): Counts | undefined
  /** The codes of one card that one holder has, in whatever state. */
  codesOfHolder(card_id: string, openid: string): readonly CodeRow[]
  /** The code that is on its way to a friend with this ticket, or was when its time ran out. */
  codeOfGift(gift_ticket: string): CodeRow | undefined
  pooled(card_id: string, code: string): PooledRow | undefined
  /** The next deposited code to hand out. */
  nextPooled(card_id: string): PooledRow | undefined
  ticket(ticket: string): TicketRow | undefined
  session(session_hash: string): SessionRow | undefined
  /** The merchant's tokens of the last days. */
  tokens(): readonly TokenRow[]
}

/** What a fact does with rows. */
export interface ChangingRows extends Rows {
  putMerchant(row: MerchantRow): void
  putCard(row: CardRow): void
  putCode(row: CodeRow): void
  dropCode(row: CodeRow): void
  putHolding(row: HoldingRow): void
  putPooled(row: PooledRow): void
  dropPooled(row: PooledRow): void
  putTicket(row: TicketRow): void
}
