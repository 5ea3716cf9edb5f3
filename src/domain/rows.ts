import type { Face } from '../shape/card/card.ts'

/**
 * The rows that rules read and facts change: plain values. Rows are never altered in place; a changed row takes the
 * place of the former one.
 */

/** What the server knows of a merchant beside its cards. Settings are those of `kaquan merchant set`. */
export interface Settings {
  name: string
  /** Does a new or changed card pass at once, or does it wait for someone who approves it? */
  review: 'automatic' | 'manual'
  wechat_pay: boolean
  custom_code: boolean
  balance: boolean
  gift_timeout_hours: number
  push_url: string
  push_token: string
  push_aes_key: string
  /** Addresses and networks that may ask for tokens, set apart by commas; empty: all may. */
  ip_allowlist: string
}

export interface MerchantRow {
  appid: string
  secret_hash: string
  /** A merchant for tests, whose clock may be moved. */
  sandbox: boolean
  /** How far the clock of a sandbox merchant is ahead of the server's, in seconds; may be negative. */
  clock_offset_s: number
  settings: Settings
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
  create_time: number
  update_time: number
  refuse_reason: string | null
  face: Face
  /** Counts the changes of the face, so that whoever keeps a copy knows when it is old. */
  version: number
}

/** The states that are stored; EXPIRE is found by the clock: see code/status.ts. */
export type StoredStatus = 'NORMAL' | 'CONSUMED' | 'GIFTING' | 'GIFT_TIMEOUT' | 'DELETE' | 'UNAVAILABLE'

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
  /** Number of the latest fact about this code; each fact names the one before, so that its history can be read. */
  fact: number
}

/** How often one holder has received and redeemed one card. */
export interface HoldingRow {
  card_id: string
  openid: string
  received: number
  consumed: number
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

/** The rows of one merchant as a command sees them: those before it in the same commit have left their mark. */
export interface Rows {
  /** Undefined where the merchant does not exist yet. */
  merchant(): MerchantRow | undefined
  card(card_id: string): CardRow | undefined
  /** Every code that bears this number: at most one generated here, and one for each card with custom codes. */
  codes(code: string): readonly CodeRow[]
  /** Zeros where the holder has nothing of this card yet. */
  holding(card_id: string, openid: string): HoldingRow
  /** The merchant's tokens of the last days. */
  tokens(): readonly TokenRow[]
}

/** What a fact does with rows. */
export interface ChangingRows extends Rows {
  putMerchant(row: MerchantRow): void
  putCard(row: CardRow): void
  putCode(row: CodeRow): void
  putHolding(row: HoldingRow): void
}
