import type { Held } from '../domain/code/find.ts'
import type { FactKind, NumberedFact } from '../domain/facts.ts'
import type { Aspect, CodeFact, Metric, Step } from '../domain/statistics.ts'
import type { Wanted } from './wanted.ts'
import type {
  CardRow,
  CardStatus,
  CodeRow,
  Counts,
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
  /** The same, if counts are kept of it. */
  counted(card_id: string, openid: string): CountedHolding | undefined
  pooled(card_id: string, code: string): PooledRow | undefined
  /** The first deposited codes of a card after a place, at most `count`, in order of their places. */
  pool(card_id: string, after: number, count: number): PooledRow[]
  ticket(ticket: string): TicketRow | undefined
  session(session_hash: string): SessionRow | undefined
  reply(key: string): ReplyRow | undefined
  tokens(): TokenRow[]
  /** The number of the merchant's latest fact, 0 if there is none. */
  lastFact(): number
}

/** A row as it is to be saved and as it was loaded: undefined if it was not there, so that none is overwritten unseen. */
export interface Changed<Row> {
  row: Row
  loaded: Row | undefined
}

/** A row to be removed. */
export interface Dropped<Row> {
  row: undefined
  loaded: Row
}

/** The answer to a request with an Idempotency-Key. Like tokens, replies are no facts: they end by themselves. */
export interface ReplyRow {
  key: string
  /** Of the request. */
  fingerprint: string
  /** What became of it, as JSON. */
  outcome: string
  /** By the server's clock. */
  expires_at: number
}

/** A holding whose counts are kept. */
export type CountedHolding = HoldingRow & { counted: Counts }

/** What commands have changed. */
export interface Changes {
  merchant?: Changed<MerchantRow>
  cards: Changed<CardRow>[]
  codes: (Changed<CodeRow> | Dropped<CodeRow>)[]
  holdings: (Changed<CountedHolding> | Dropped<CountedHolding>)[]
  pool: (Changed<PooledRow> | Dropped<PooledRow>)[]
  tickets: Changed<TicketRow>[]
  replies: { put: ReplyRow[]; /** Some of those that ended before this second are forgotten. */ ended_before: number }
  facts: NumberedFact[]
  tokens: { put: readonly TokenRow[]; drop: readonly string[] }[]
  sessions: { put: readonly SessionRow[]; drop: readonly string[]; /** As of replies. */ ended_before: number }[]
}

/** A fact as statistics see it; the numbers stand for a card and a holder, and are internal to the store. */
export interface CountableFact {
  fact: number
  at: number
  kind: FactKind
  card: number
  holder: number
  /** Of a gift: who took it. */
  friend: number | undefined
  source: CardRow['source']
  is_member_card: boolean
  /** The facts about its code up to this one, oldest first; none where it is about no code. */
  history: readonly CodeFact[]
  /** Of a view. */
  outer_str: string | null
  /** Of a redemption: where and by whom. */
  shop: string | null
  cashier: string | null
}

/** What is added to the steps of a card on one day, in the order of STEPS. */
export interface StepChange {
  day: number
  card: number
  aspect: Aspect
  name: string
  counts: number[]
}

/** How many more codes of a card are out that end in one month: see BY_RANGE. */
export interface OutChange {
  card: number
  month: string
  by: number
}

/** Those who did something on a day. */
export interface DayPeople {
  day: number
  scope: number
  /** By its place among METRICS. */
  metric: number
  /** In ascending order. */
  holders: number[]
}

/** What is added to the sums of one day and scope, metrics in the order of METRICS. */
export interface DayChange {
  day: number
  scope: number
  counts: number[]
  users: number[]
  /**
   * How many more people hold a good member card, and how many more have ever received one; 0 for scopes of other
   * cards.
   */
  total_user: number
  total_receive_user: number
}

/** Someone who has, or had, a member card made in one way. */
export interface Member {
  source: CardRow['source']
  holder: number
}

/** How many more member cards someone has on a day. */
export interface MemberDay extends Member {
  day: number
  by: number
}

/** What is added to the sums. */
export interface SumChanges {
  days: readonly DayChange[]
  steps: readonly StepChange[]
  out: readonly OutChange[]
  members: readonly MemberDay[]
}

/** The sums of a merchant's days, and how far they reach. */
export interface Sums {
  /** The number of the last fact that is counted. */
  reached(): number
  /** At most `most` of the facts after one, and the number of the last one looked at; undefined if there is none. */
  factsAfter(fact: number, most: number): { facts: CountableFact[]; last: number } | undefined
  /** Saves who did what, given in the order of their key; returns those who did it for the first time that day. */
  newPeople(people: readonly DayPeople[]): DayPeople[]
  memberDays(members: readonly Member[]): MemberDay[]
  /** From then on all facts up to this one are counted. */
  add(changes: SumChanges, last: number): void
}

/** The one who may write. */
export interface Writer {
  begin(): void
  rowsOf(appid: string): RowLoader
  sumsOf(appid: string): Sums
  save(appid: string, changes: Changes): void
  /** Everyone sees what was done since `begin`, but nobody may be told of it before it is flushed. */
  commit(): void
  /** Undoes everything since `begin`. False if it cannot be known whether that was saved. */
  rollback(): boolean
  close(): Promise<void>
}

/** Thrown if a row has to be fetched first; see RemoteTransaction. */
export class NotLoaded extends Error {}

/**
 * The one who may write, in a remote database: rows are fetched many at a time, before the rules ask for them.
 * Merchants have transactions of their own, which run side by side.
 */
export interface RemoteWriter {
  /**
   * Begins a transaction for one merchant, in which no one else writes for that merchant, and fetches rows. @throws
   * TryAgain
   */
  begin(appid: string, wanted: Wanted): Promise<RemoteTransaction>
  /** Undefined if the merchant does not exist. */
  pipeline(appid: string): Promise<RemotePipeline | undefined>
  /** The number of the merchant's latest fact, 0 if there is none. */
  lastFact(appid: string): Promise<number>
  /** Begins to count for one merchant; undefined if the merchant does not exist. */
  beginSums(appid: string): Promise<RemoteSums | undefined>
  /** See Ledger.claim. Timed by the clock of the database, of which there is one. */
  claim(appid: string | undefined, job: string, seconds: number): Promise<boolean>
  close(): Promise<void>
}

/** Transactions of one merchant, each of which begins while the one before is still being saved. */
export interface RemotePipeline {
  /**
   * Begins the next transaction, once the one before has been sent, and fetches rows.
   *
   * @throws TryAgain also if another process has come between: this pipeline has ended then
   */
  begin(wanted: Wanted): Promise<RemoteTransaction>
}

/** Something on its way to the disk. */
export interface Sent {
  /**
   * Resolves once it is there.
   *
   * @throws UnknownOutcome if it cannot be known whether it was saved; TryAgain, or anything else, if it was not
   */
  saved: Promise<void>
}

export interface RemoteTransaction {
  /** Throws NotLoaded for what was not fetched, and remembers that it is wanted. */
  rows: RowLoader
  /**
   * Were other transactions of its pipeline under way when rows were fetched? Then rows that these touched may be as
   * they were before.
   */
  isBehind: boolean
  /** Fetches what was found missing. False if nothing was. */
  loadMissing(): Promise<boolean>
  /** Saves and commits in one go. Resolves as soon as that has been sent. @throws as Sent does */
  commit(changes: Changes): Promise<Sent>
  /** Undoes everything. Never fails. */
  rollback(): Promise<void>
}

export class UnknownOutcome extends Error {}

/** Nothing was done, and a retry may well succeed: at once after a conflict, or when the database is back. */
export class TryAgain extends Error {
  readonly isConflict: boolean

  constructor(isConflict: boolean, cause: Error) {
    super(cause.message, { cause })
    this.isConflict = isConflict
  }
}

/** See Sums. All of it is one transaction, which ends with `add` or `rollback`. */
export interface RemoteSums {
  /**
   * At most `most` of the facts that are neither counted nor looked at yet, none beyond `until`, and the number of the
   * last of them.
   */
  uncounted(most: number, until: number): Promise<{ facts: CountableFact[]; last: number } | undefined>
  newPeople(people: readonly DayPeople[]): Promise<DayPeople[]>
  memberDays(members: readonly Member[]): Promise<MemberDay[]>
  add(changes: SumChanges, last: number): Promise<void>
  rollback(): Promise<void>
}

/** A code with what its answer needs: its card, and the counts kept of what its holder has of that card. */
export interface HeldCode extends Held {
  counted: Counts | undefined
}

export interface CardPage {
  card_ids: string[]
  /** How many cards are in these states, on all pages. */
  total: number
}

/** A code that may have expired. */
export interface Expired {
  code: string
  card_id: string
}

/** Nothing more can be read: the connection to the database is gone, or it has refused to go on. */
export class ReadingEnded extends Error {}

/** The place of a code among those that end: by its last second, then by its card and when it came. */
export interface EndPlace {
  end_time: number
  /** The card's number. */
  card: number
  place: number
}

/** Whose sums: all cards or all member cards made in one way, one card, or each card made in one way. */
export type DayScope = { scope: number } | { card_id: string } | { source: CardRow['source'] }

/** What happened on a day. */
export interface DayRow {
  day: number
  /** Set for a sum of one card. */
  card: CardRow | undefined
  sums: Record<`${Metric}_${'cnt' | 'user'}` | 'total_user' | 'total_receive_user', number>
}

export type StepRow = { name: string } & Record<Step, number>

export interface OutRow {
  card: CardRow
  /** Such as 2015-06; see BY_RANGE and FOR_EVER. */
  month: string
  codes: number
}

/** Those asked in one turn of the event loop are answered together. */
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
  codesOfHolder(appid: string, openid: string, card_id: string | undefined): Promise<Held[]>
  ticket(appid: string, ticket: string): Promise<TicketRow | undefined>
  /** The code that is on its way to a friend with this ticket. */
  codeOfGift(appid: string, gift_ticket: string): Promise<Held | undefined>
  /** Which of these codes are deposited for a card, or received. */
  knownCodes(appid: string, card_id: string, codes: readonly string[]): Promise<string[]>
  /**
   * Codes with a validity of their own that ended before a second and are not counted as expired yet, in pages: each
   * looks at the next `most` codes after a place. `last` is where the next page begins, undefined after the last one.
   */
  ownExpired(
    appid: string,
    after: EndPlace,
    before: number,
    most: number,
  ): Promise<{ codes: Expired[]; last: EndPlace | undefined }>
  /** The same for the codes that follow the range of a card, in the order in which they came: pages go by place. */
  rangeExpired(
    appid: string,
    card_id: string,
    after: number,
    most: number,
  ): Promise<{ codes: Expired[]; last: number | undefined }>
  /** Cards whose fixed range ended before a second, each with that end. */
  endedCards(appid: string, before: number): Promise<{ card_id: string; end_time: number }[]>
  /** The sums of some days, in order of day and card_id: of one scope, or of cards. */
  days(appid: string, days: readonly number[], of: DayScope): Promise<DayRow[]>
  /** The steps of a card in some days, by one aspect: those with most receipts or redemptions first. */
  steps(appid: string, card_id: string, days: { begin: number; end: number }, aspect: Aspect): Promise<StepRow[]>
  /** How many codes are out, by card and by the month they end in. */
  out(appid: string): Promise<OutRow[]>
  /** One of the merchant's facts, by its number. */
  fact(appid: string, fact: number): Promise<NumberedFact | undefined>
  /** The facts about one code, oldest first, through every change of its number. */
  history(appid: string, held: CodeRow): Promise<NumberedFact[]>
  close(): void
}

/** The counts that are kept, and those that the table of codes gives. */
export interface KeptHolding extends CountedHolding {
  found: { codes: number; consumed: number }
}

/** Rows as they come, from a database in this process or a remote one: for `for await`. */
export type Stream<Row> = Iterable<Row> | AsyncIterable<Row>

/** Everything there is, as it stood at one moment: each kind of row in the byte order of its keys. */
export interface Snapshot {
  merchants(): MerchantRow[] | Promise<MerchantRow[]>
  /** One sentence for everything that belongs to a merchant who does not exist. */
  strays(): string[] | Promise<string[]>
  /** In order of their numbers. */
  facts(appid: string): Stream<NumberedFact>
  /** By card_id. */
  cards(appid: string): Stream<CardRow>
  /** By code and card_id. */
  codes(appid: string): Stream<CodeRow>
  /** Those that are kept, by card_id and openid. */
  holdings(appid: string): Stream<KeptHolding>
  /** By card_id and code. */
  pool(appid: string): Stream<PooledRow>
  /** By ticket. */
  tickets(appid: string): Stream<TicketRow>
  close(): void | Promise<void>
}
