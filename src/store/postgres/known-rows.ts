import type {
  CardRow,
  CodeRow,
  HoldingRow,
  MerchantRow,
  PooledRow,
  SessionRow,
  TicketRow,
  TokenRow,
} from '../../domain/rows.ts'
import { NotLoaded, type CountedHolding, type ReplyRow, type RowLoader } from '../store.ts'
import { Wanted } from '../wanted.ts'
import type { MerchantState } from './merchant-state.ts'

/**
 * The rows that one transaction has fetched, besides its merchant and cards. What is asked for but was not fetched is
 * noted as missing.
 */
export class KnownRows implements RowLoader {
  readonly #state: MerchantState
  /** By what was asked. Undefined stands for a row known to be absent. */
  readonly #known = new Map<string, unknown>()
  #missing = new Wanted()
  #isMissing = false

  constructor(state: MerchantState) {
    this.#state = state
  }

  merchant(): MerchantRow | undefined {
    return this.#state.row
  }

  lastFact(): number {
    return this.#state.tip.fact
  }

  card(card_id: string): CardRow | undefined {
    const number = this.#state.cardNumber(card_id)
    if (number !== undefined) return this.#state.card(number)
    return this.#find(`card ${card_id}`, (wanted) => wanted.cards.add(card_id)) as undefined
  }

  codes(code: string): CodeRow[] {
    return (this.#find(`code ${code}`, (wanted) => wanted.codes.add(code)) ?? []) as CodeRow[]
  }

  codesOfHolder(card_id: string, openid: string): CodeRow[] {
    const key = `${card_id} ${openid}`
    return (this.#find(`holder ${key}`, (wanted) => wanted.holder(card_id, openid)) ?? []) as CodeRow[]
  }

  codeOfGift(gift_ticket: string): CodeRow | undefined {
    return this.#find(`gift ${gift_ticket}`, (wanted) => wanted.gifts.add(gift_ticket)) as CodeRow | undefined
  }

  holding(card_id: string, openid: string): HoldingRow | undefined {
    return this.#find(`holding ${card_id} ${openid}`, (wanted) => wanted.holding(card_id, openid)) as
      | HoldingRow
      | undefined
  }

  counted(card_id: string, openid: string): CountedHolding | undefined {
    return this.#find(`counted ${card_id} ${openid}`, (wanted) => wanted.holding(card_id, openid)) as
      | CountedHolding
      | undefined
  }

  pooled(card_id: string, code: string): PooledRow | undefined {
    return this.#find(`pooled ${card_id} ${code}`, (wanted) => wanted.deposited(card_id, code)) as PooledRow | undefined
  }

  pool(card_id: string, after: number, count: number): PooledRow[] {
    const key = `${card_id} ${after}`
    return (this.#find(`pool ${key}`, (wanted) => wanted.pools.set(key, { card_id, after, count })) ??
      []) as PooledRow[]
  }

  ticket(ticket: string): TicketRow | undefined {
    return this.#find(`ticket ${ticket}`, (wanted) => wanted.tickets.add(ticket)) as TicketRow | undefined
  }

  session(session_hash: string): SessionRow | undefined {
    return this.#find(`session ${session_hash}`, (wanted) => wanted.sessions.add(session_hash)) as
      | SessionRow
      | undefined
  }

  reply(key: string): ReplyRow | undefined {
    return this.#find(`reply ${key}`, (wanted) => wanted.replies.add(key)) as ReplyRow | undefined
  }

  tokens(): TokenRow[] {
    return (this.#find('tokens', (wanted) => (wanted.tokens = true)) ?? []) as TokenRow[]
  }

  /** What was asked for but missing since the last call; undefined if nothing was. */
  takeMissing(): Wanted | undefined {
    if (!this.#isMissing) return undefined
    const missing = this.#missing
    this.#missing = new Wanted()
    this.#isMissing = false
    return missing
  }

  /** Everything wanted counts as absent unless it is added afterwards. */
  expect(wanted: Wanted): void {
    for (const card_id of wanted.cards) this.#absent(`card ${card_id}`)
    for (const code of wanted.codes) this.#absent(`code ${code}`)
    for (const key of wanted.codesOfHolder.keys()) this.#absent(`holder ${key}`)
    for (const ticket of wanted.gifts) this.#absent(`gift ${ticket}`)
    for (const key of wanted.holdings.keys()) {
      this.#absent(`holding ${key}`)
      this.#absent(`counted ${key}`)
    }
    for (const key of wanted.pooled.keys()) this.#absent(`pooled ${key}`)
    for (const key of wanted.pools.keys()) this.#absent(`pool ${key}`)
    for (const ticket of wanted.tickets) this.#absent(`ticket ${ticket}`)
    for (const hash of wanted.sessions) this.#absent(`session ${hash}`)
    for (const key of wanted.replies) this.#absent(`reply ${key}`)
    if (wanted.tokens) this.#absent('tokens')
  }

  addCode(row: CodeRow): void {
    this.#add(`code ${row.code}`, row)
  }

  addCodeOfHolder(row: CodeRow): void {
    this.#add(`holder ${row.card_id} ${row.openid}`, row)
  }

  addCodeOfGift(row: CodeRow): void {
    this.#known.set(`gift ${row.gift_ticket}`, row)
  }

  addHolding(row: HoldingRow): void {
    const key = `${row.card_id} ${row.openid}`
    this.#known.set(`holding ${key}`, row)
    this.#known.set(`counted ${key}`, row.counted && row)
  }

  /**
   * @param row undefined if no counts are kept of what a holder has of a card; how many codes they have is unknown then
   */
  addCounted({ card_id, openid }: Pick<HoldingRow, 'card_id' | 'openid'>, row: CountedHolding | undefined): void {
    if (row) this.addHolding(row)
    else this.#absent(`counted ${card_id} ${openid}`)
  }

  addPooled(row: PooledRow): void {
    this.#known.set(`pooled ${row.card_id} ${row.code}`, row)
  }

  addPool(card_id: string, after: number, rows: PooledRow[]): void {
    this.#known.set(`pool ${card_id} ${after}`, rows)
  }

  addTicket(row: TicketRow): void {
    this.#known.set(`ticket ${row.ticket}`, row)
  }

  addSession(row: SessionRow): void {
    this.#known.set(`session ${row.session_hash}`, row)
  }

  addReply(row: ReplyRow): void {
    this.#known.set(`reply ${row.key}`, row)
  }

  addToken(row: TokenRow): void {
    this.#add('tokens', row)
  }

  #add(key: string, row: unknown): void {
    const rows = this.#known.get(key) as unknown[] | undefined
    if (rows) rows.push(row)
    else this.#known.set(key, [row])
  }

  #absent(key: string): void {
    this.#known.set(key, undefined)
  }

  #find(key: string, want: (wanted: Wanted) => void): unknown {
    const found = this.#known.get(key)
    if (found !== undefined || this.#known.has(key)) return found
    want(this.#missing)
    this.#isMissing = true
    throw new NotLoaded(key)
  }
}
