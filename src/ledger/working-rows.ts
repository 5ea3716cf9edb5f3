import type { NumberedFact } from '../domain/facts.ts'
import type {
  CardRow,
  ChangingRows,
  CodeRow,
  Counts,
  HoldingRow,
  MerchantRow,
  PooledRow,
  SessionRow,
  TicketRow,
  TokenRow,
} from '../domain/rows.ts'
import type { Changed, Changes, CountedHolding, Dropped, ReplyRow, RowLoader } from '../store/store.ts'
import { WorkingPool } from './working-pool.ts'

type TokenChange = Changes['tokens'][number]
type SessionChange = Changes['sessions'][number]

/**
 * A row as it was loaded, and as it is now. Rows are never altered in place, so a row that has changed is another one.
 */
interface Kept<Row> {
  row: Row | undefined
  readonly loaded: Row | undefined
}

/**
 * The rows of one merchant during one transaction: each is loaded when it is first asked for, and what facts make of it
 * is seen by the commands that follow.
 */
export class WorkingRows implements ChangingRows {
  readonly #load: RowLoader
  #formers: readonly WorkingRows[]
  #merchant: Kept<MerchantRow> | undefined
  readonly #cards = new Map<string, Kept<CardRow>>()
  readonly #codes = new Map<string, Kept<CodeRow>[]>()
  readonly #holdings = new Map<string, Kept<HoldingRow>>()
  readonly #pools = new Map<string, WorkingPool>()
  readonly #tickets = new Map<string, Kept<TicketRow>>()
  readonly #replies = new Map<string, ReplyRow>()
  #repliesEndedBefore = 0
  #tokens: readonly TokenRow[] | undefined
  readonly #tokenChanges: TokenChange[] = []
  readonly #sessions = new Map<string, SessionRow | undefined>()
  readonly #sessionChanges: SessionChange[] = []
  readonly #facts: NumberedFact[] = []
  #lastFact: number | undefined

  /**
   * @param formers rows of batches not yet saved, latest first; they override what the database still shows. Merchant
   * and cards are always loaded as these left them.
   */
  constructor(load: RowLoader, formers: readonly WorkingRows[] = []) {
    this.#load = load
    this.#formers = formers
  }

  /** To be called when everything is judged: each would keep those before it alive for ever. */
  forgetFormers(): void {
    this.#formers = []
  }

  merchant(): MerchantRow | undefined {
    this.#merchant ??= asLoaded(this.#load.merchant())
    return this.#merchant.row
  }

  card(card_id: string): CardRow | undefined {
    return this.#cardOf(card_id).row
  }

  codes(code: string): readonly CodeRow[] {
    return this.#codesOf(code).flatMap(({ row }) => row ?? [])
  }

  codesOfHolder(card_id: string, openid: string): readonly CodeRow[] {
    const untouched = this.#load.codesOfHolder(card_id, openid).filter(({ code }) => !this.#codes.has(code))
    return [...untouched, ...this.#knownCodes().filter((row) => row.card_id === card_id && row.openid === openid)]
  }

  codeOfGift(gift_ticket: string): CodeRow | undefined {
    const loaded = this.#load.codeOfGift(gift_ticket)
    if (loaded) this.#codesOf(loaded.code)
    return this.#knownCodes().find((row) => row.gift_ticket === gift_ticket)
  }

  holding(card_id: string, openid: string): HoldingRow {
    return this.#holdingOf(card_id, openid).row ?? { card_id, openid, codes: 0 }
  }

  counted(card_id: string, openid: string): Counts | undefined {
    const key = `${card_id} ${openid}`
    const kept = this.#holdings.get(key) ?? this.#formerly((former) => former.#holdings.get(key))
    return (kept ? kept.row : this.#load.counted(card_id, openid))?.counted
  }

  pooled(card_id: string, code: string): PooledRow | undefined {
    return this.#poolOf(card_id).find(code)
  }

  nextPooled(card_id: string): PooledRow | undefined {
    return this.#poolOf(card_id).next()
  }

  ticket(ticket: string): TicketRow | undefined {
    return this.#ticketOf(ticket).row
  }

  session(session_hash: string): SessionRow | undefined {
    if (!this.#sessions.has(session_hash)) this.#sessions.set(session_hash, this.#load.session(session_hash))
    return this.#sessions.get(session_hash)
  }

  reply(key: string): ReplyRow | undefined {
    return this.#replies.get(key) ?? this.#formerly((former) => former.#replies.get(key)) ?? this.#load.reply(key)
  }

  tokens(): readonly TokenRow[] {
    return (this.#tokens ??= this.#load.tokens())
  }

  /** The number that the merchant's next fact will have. */
  nextFact(): number {
    return (this.#lastFact ??= this.#load.lastFact()) + 1
  }

  putMerchant(row: MerchantRow): void {
    this.merchant()
    this.#merchant!.row = row
  }

  putCard(row: CardRow): void {
    this.#cardOf(row.card_id).row = row
  }

  putCode(row: CodeRow): void {
    const codes = this.#codesOf(row.code)
    const place = codes.find((kept) => cardOf(kept) === row.card_id)
    if (place) place.row = row
    else codes.push({ row, loaded: undefined })
  }

  dropCode({ code, card_id }: CodeRow): void {
    const codes = this.#codesOf(code)
    const index = codes.findIndex((kept) => cardOf(kept) === card_id)
    if (codes[index]!.loaded) codes[index]!.row = undefined
    else codes.splice(index, 1)
  }

  putHolding(row: HoldingRow): void {
    this.#holdingOf(row.card_id, row.openid).row = row
  }

  putPooled(row: PooledRow): void {
    this.#poolOf(row.card_id).put(row)
  }

  dropPooled(row: PooledRow): void {
    this.#poolOf(row.card_id).drop(row)
  }

  putTicket(row: TicketRow): void {
    this.#ticketOf(row.ticket).row = row
  }

  /** @param now by the server's clock: replies that have ended by then are forgotten */
  putReply(row: ReplyRow, now: number): void {
    this.#replies.set(row.key, row)
    this.#repliesEndedBefore = now
  }

  changeTokens(change: TokenChange): void {
    const gone = new Set([...change.drop, ...change.put.map(({ token_hash }) => token_hash)])
    this.#tokens = [...this.tokens().filter(({ token_hash }) => !gone.has(token_hash)), ...change.put]
    this.#tokenChanges.push(change)
  }

  /** @param now those that have ended by then are forgotten */
  changeSessions({ put, drop }: Omit<SessionChange, 'ended_before'>, now: number): void {
    for (const row of put) this.#sessions.set(row.session_hash, row)
    for (const session_hash of drop) this.#sessions.set(session_hash, undefined)
    this.#sessionChanges.push({ put, drop, ended_before: now })
  }

  addFact(fact: NumberedFact): void {
    this.#facts.push(fact)
    this.#lastFact = fact.fact
  }

  changes(): Changes {
    const merchant = this.#merchant
    return {
      ...(merchant && isChanged(merchant) && { merchant }),
      cards: [...this.#cards.values()].filter(isChanged),
      codes: [...this.#codes.values()].flat().filter(isChangedOrDropped),
      holdings: [...this.#holdings.values()].map(keptCounts).filter(isChangedOrDropped),
      pool: [...this.#pools.values()].flatMap((pool) => [...pool.changes()]),
      tickets: [...this.#tickets.values()].filter(isChanged),
      replies: { put: [...this.#replies.values()], ended_before: this.#repliesEndedBefore },
      facts: this.#facts,
      tokens: this.#tokenChanges,
      sessions: this.#sessionChanges,
    }
  }

  #cardOf(card_id: string): Kept<CardRow> {
    let kept = this.#cards.get(card_id)
    if (!kept) this.#cards.set(card_id, (kept = asLoaded(this.#load.card(card_id))))
    return kept
  }

  #knownCodes(): CodeRow[] {
    return [...this.#codes.values()].flat().flatMap(({ row }) => row ?? [])
  }

  #poolOf(card_id: string): WorkingPool {
    let pool = this.#pools.get(card_id)
    if (!pool) this.#pools.set(card_id, (pool = new WorkingPool(this.#load, card_id)))
    return pool
  }

  #ticketOf(ticket: string): Kept<TicketRow> {
    let kept = this.#tickets.get(ticket)
    if (!kept) {
      const former = this.#formerly((rows) => rows.#tickets.get(ticket))
      this.#tickets.set(ticket, (kept = asLoaded(former ? former.row : this.#load.ticket(ticket))))
    }
    return kept
  }

  #codesOf(code: string): Kept<CodeRow>[] {
    let kept = this.#codes.get(code)
    if (!kept) {
      const former = this.#formerly((rows) => rows.#codes.get(code))
      const codes = former ? former.flatMap(({ row }) => row ?? []) : this.#load.codes(code)
      this.#codes.set(code, (kept = codes.map(asLoaded<CodeRow>)))
    }
    return kept
  }

  #holdingOf(card_id: string, openid: string): Kept<HoldingRow> {
    const key = `${card_id} ${openid}`
    let kept = this.#holdings.get(key)
    if (!kept) {
      const former = this.#formerly((rows) => rows.#holdings.get(key))
      this.#holdings.set(key, (kept = asLoaded(former ? former.row : this.#load.holding(card_id, openid))))
    }
    return kept
  }

  /** What the latest of the formers that knows has to say. */
  #formerly<Known>(find: (rows: WorkingRows) => Known | undefined): Known | undefined {
    for (const former of this.#formers) {
      const known = find(former)
      if (known !== undefined) return known
    }
    return undefined
  }
}

/** The part of a holding that is kept in a table. */
const keptCounts = ({ row, loaded }: Kept<HoldingRow>): Kept<CountedHolding> => ({
  row: row && isCounted(row) ? row : undefined,
  loaded: loaded && isCounted(loaded) ? loaded : undefined,
})

const isCounted = (row: HoldingRow): row is CountedHolding => row.counted !== undefined

const asLoaded = <Row>(row: Row | undefined): Kept<Row> => ({ row, loaded: row })

const cardOf = ({ row, loaded }: Kept<CodeRow>): string => (row ?? loaded)!.card_id

const isChanged = <Row>(kept: Kept<Row>): kept is Changed<Row> => kept.row !== kept.loaded

const isChangedOrDropped = <Row>(kept: Kept<Row>): kept is Changed<Row> | Dropped<Row> => kept.row !== kept.loaded
