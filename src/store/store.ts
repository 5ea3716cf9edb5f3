import type { Held } from '../domain/code/find.ts'
import type { NumberedFact } from '../domain/facts.ts'
import type {
  CardRow,
  CardStatus,
  CodeRow,
  HoldingRow,
  MerchantRow,
  PooledRow,
  SessionRow,
  TicketRow,
  TokenRow,
} from '../domain/rows.ts'

/**
 * What a database has to do for Kaquan: load and save rows for the ledger, and answer questions for everyone else.
 * Merchants are named by their appid, cards by their card_id and holders by their openid; the small numbers that stand
 * for them in tables and keys never leave the store.
 */

/** Loads the rows of one merchant, in the transaction that will save what becomes of them. */
export interface RowLoader {
  merchant(): MerchantRow | undefined
  card(card_id: string): CardRow | undefined
  codes(code: string): CodeRow[]
  codesOfHolder(card_id: string, openid: string): CodeRow[]
  codeOfGift(gift_ticket: string): CodeRow | undefined
  holding(card_id: string, openid: string): HoldingRow | undefined
  pooled(card_id: string, code: string): PooledRow | undefined
  /** The first deposited codes of a card after a place, at most so many, in order of their places. */
  pool(card_id: string, after: number, count: number): PooledRow[]
  ticket(ticket: string): TicketRow | undefined
  session(session_hash: string): SessionRow | undefined
  reply(key: string): ReplyRow | undefined
  tokens(): TokenRow[]
  /** The number of the merchant's latest fact, 0 where there is none. */
  lastFact(): number
}

/** A row as it is to be saved, and as it was loaded: undefined where it was not there, so that none is overwritten unseen. */
export interface Changed<Row> {
  row: Row
  loaded: Row | undefined
}

/** A row that is to be taken away. */
export interface Dropped<Row> {
  row: undefined
  loaded: Row
}

/** What a request with an Idempotency-Key was answered. Like tokens, replies are no facts: they end by themselves. */
export interface ReplyRow {
  key: string
  /** Of the request. */
  fingerprint: string
  /** What became of it, as JSON. */
  outcome: string
  /** By the server's clock. */
  expires_at: number
}

/** What commands have changed. */
export interface Changes {
  merchant?: Changed<MerchantRow>
  cards: Changed<CardRow>[]
  codes: (Changed<CodeRow> | Dropped<CodeRow>)[]
  holdings: Changed<HoldingRow>[]
  pool: (Changed<PooledRow> | Dropped<PooledRow>)[]
  tickets: Changed<TicketRow>[]
  replies: { put: ReplyRow[]; /** Some of those that ended before this second are forgotten. */ ended_before: number }
  facts: NumberedFact[]
  tokens: { put: readonly TokenRow[]; drop: readonly string[] }[]
  sessions: { put: readonly SessionRow[]; drop: readonly string[]; /** As of replies. */ ended_before: number }[]
}

/** The one who may write. */
export interface Writer {
  begin(): void
  rowsOf(appid: string): RowLoader
  save(appid: string, changes: Changes): void
  /** Returns once everything since `begin` is on the disk. */
  commit(): void
  /** Undoes everything since `begin`. False where it cannot be known whether that was saved. */
  rollback(): boolean
  close(): Promise<void>
}

/** A code with what its answer needs: its card, and how often its holder has redeemed that card. */
export interface HeldCode extends Held {
  consumed: number
}

export interface CardPage {
  card_ids: string[]
  /** Of all cards in these states, on whatever page. */
  total: number
}

/** Questions are asked many at a time: those of one turn of the event loop are answered together. */
export interface Questions {
  merchants(): Promise<MerchantRow[]>
  merchant(appid: string): Promise<MerchantRow | undefined>
  /** The token with this hash and the merchant it is for. */
  token(token_hash: string): Promise<{ token: TokenRow; merchant: MerchantRow } | undefined>
  card(appid: string, card_id: string): Promise<CardRow | undefined>
  /** In order of creation. */
  cardsInStatus(appid: string, statuses: readonly CardStatus[], offset: number, count: number): Promise<CardPage>
  /** Every code that bears this number. */
  codes(appid: string, code: string): Promise<HeldCode[]>
  codesOfHolder(appid: string, openid: string, card_id: string | undefined): Promise<HeldCode[]>
  ticket(appid: string, ticket: string): Promise<TicketRow | undefined>
  /** The code that is on its way to a friend with this ticket. */
  codeOfGift(appid: string, gift_ticket: string): Promise<HeldCode | undefined>
  /** Which of these codes are deposited for a card, or received. */
  knownCodes(appid: string, card_id: string, codes: readonly string[]): Promise<string[]>
  /** The facts about one code, oldest first, through every change of its number. */
  history(appid: string, held: CodeRow): Promise<NumberedFact[]>
  close(): void
}

/** Everything there is, as it stood at one moment: each kind of row in the byte order of its keys. */
export interface Snapshot {
  merchants(): MerchantRow[]
  /** One sentence for everything that belongs to a merchant who does not exist. */
  strays(): string[]
  /** In order of their numbers. */
  facts(appid: string): Iterable<NumberedFact>
  /** By card_id. */
  cards(appid: string): Iterable<CardRow>
  /** By code and card_id. */
  codes(appid: string): Iterable<CodeRow>
  /** By card_id and openid. */
  holdings(appid: string): Iterable<HoldingRow>
  /** By card_id and code. */
  pool(appid: string): Iterable<PooledRow>
  /** By ticket. */
  tickets(appid: string): Iterable<TicketRow>
  close(): void
}
