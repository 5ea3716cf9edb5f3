import type {
  CardRow,
  ChangingRows,
  CodeRow,
  Counts,
  HoldingRow,
  MerchantRow,
  PooledRow,
  TicketRow,
  TokenRow,
} from '../../src/domain/rows.ts'

/** Rows to begin with; what is left out is not there. */
export interface GivenRows {
  merchant?: MerchantRow
  cards?: readonly CardRow[]
  codes?: readonly CodeRow[]
  holdings?: readonly HoldingRow[]
  pool?: readonly PooledRow[]
  tickets?: readonly TicketRow[]
  tokens?: readonly TokenRow[]
}

/**
 * The rows of one merchant in memory, for rules that are tried without a store. Every row is frozen as deep as it goes,
 * so that a rule which alters one in place throws.
 */
export class MemoryRows implements ChangingRows {
  #merchant: MerchantRow | undefined
  readonly #cards = new Map<string, CardRow>()
  readonly #codes = new Map<string, CodeRow>()
  readonly #holdings = new Map<string, HoldingRow>()
  readonly #pool = new Map<string, PooledRow>()
  readonly #tickets = new Map<string, TicketRow>()
  readonly #tokens: readonly TokenRow[]

  constructor(given: GivenRows = {}) {
    const { merchant, cards = [], codes = [], holdings = [], pool = [], tickets = [], tokens = [] } = given
    if (merchant) this.putMerchant(merchant)
    for (const card of cards) this.putCard(card)
    for (const code of codes) this.putCode(code)
    for (const holding of holdings) this.putHolding(holding)
    for (const pooled of pool) this.putPooled(pooled)
    for (const ticket of tickets) this.putTicket(ticket)
    this.#tokens = deepFreeze([...tokens])
  }

  merchant(): MerchantRow | undefined {
    return this.#merchant
  }

  card(card_id: string): CardRow | undefined {
    return this.#cards.get(card_id)
  }

  codes(code: string): readonly CodeRow[] {
    return [...this.#codes.values()].filter((row) => row.code === code)
  }

  counted(card_id: string, openid: string): Counts | undefined {
    return this.holding(card_id, openid).counted
  }

  holding(card_id: string, openid: string): HoldingRow {
    const told = { card_id, openid, codes: this.codesOfHolder(card_id, openid).length }
    return this.#holdings.get(key(card_id, openid)) ?? deepFreeze(told)
  }

  codesOfHolder(card_id: string, openid: string): readonly CodeRow[] {
    return [...this.#codes.values()].filter((row) => row.card_id === card_id && row.openid === openid)
  }

  codeOfGift(gift_ticket: string): CodeRow | undefined {
    return [...this.#codes.values()].find((row) => row.gift_ticket === gift_ticket)
  }

  pooled(card_id: string, code: string): PooledRow | undefined {
    return this.#pool.get(key(card_id, code))
  }

  nextPooled(card_id: string): PooledRow | undefined {
    return [...this.#pool.values()].filter((row) => row.card_id === card_id).sort((a, b) => a.place - b.place)[0]
  }

  ticket(ticket: string): TicketRow | undefined {
    return this.#tickets.get(ticket)
  }

  /** Links to the wallet are no concern of rules that are tried without a store. */
  session(): undefined {
    return undefined
  }

  tokens(): readonly TokenRow[] {
    return this.#tokens
  }

  putMerchant(row: MerchantRow): void {
    this.#merchant = deepFreeze(row)
  }

  putCard(row: CardRow): void {
    this.#cards.set(row.card_id, deepFreeze(row))
  }

  putCode(row: CodeRow): void {
    this.#codes.set(key(row.code, row.card_id), deepFreeze(row))
  }

  putHolding(row: HoldingRow): void {
    this.#holdings.set(key(row.card_id, row.openid), deepFreeze(row))
  }

  dropCode({ code, card_id }: CodeRow): void {
    this.#codes.delete(key(code, card_id))
  }

  putPooled(row: PooledRow): void {
    this.#pool.set(key(row.card_id, row.code), deepFreeze(row))
  }

  dropPooled({ card_id, code }: PooledRow): void {
    this.#pool.delete(key(card_id, code))
  }

  putTicket(row: TicketRow): void {
    this.#tickets.set(row.ticket, deepFreeze(row))
  }

  /** All of them, to be compared: each kind in the order of its keys. */
  all(): unknown {
    const sorted = <Row>(rows: Map<string, Row>): Row[] => [...rows].sort(byKey).map(([, row]) => row)
    return {
      merchant: this.#merchant,
      cards: sorted(this.#cards),
      codes: sorted(this.#codes),
      holdings: sorted(this.#holdings).filter(({ counted }) => counted !== undefined),
      pool: sorted(this.#pool),
      tickets: sorted(this.#tickets),
    }
  }
}

const key = (...parts: readonly string[]): string => parts.join('\0')

const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1)

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) deepFreeze(part)
  }
  return value
}
