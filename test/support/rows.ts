import type { CardRow, ChangingRows, CodeRow, HoldingRow, MerchantRow, TokenRow } from '../../src/domain/rows.ts'

/** Rows to begin with; what is left out is not there. */
export interface GivenRows {
  merchant?: MerchantRow
  cards?: readonly CardRow[]
  codes?: readonly CodeRow[]
  holdings?: readonly HoldingRow[]
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
  readonly #tokens: readonly TokenRow[]

  constructor({ merchant, cards = [], codes = [], holdings = [], tokens = [] }: GivenRows = {}) {
    if (merchant) this.putMerchant(merchant)
    for (const card of cards) this.putCard(card)
    for (const code of codes) this.putCode(code)
    for (const holding of holdings) this.putHolding(holding)
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

  holding(card_id: string, openid: string): HoldingRow {
    return this.#holdings.get(key(card_id, openid)) ?? deepFreeze({ card_id, openid, received: 0, consumed: 0 })
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

  /** All of them, to be compared: each kind in the order of its keys. */
  all(): unknown {
    const sorted = <Row>(rows: Map<string, Row>): Row[] => [...rows].sort(byKey).map(([, row]) => row)
    return {
      merchant: this.#merchant,
      cards: sorted(this.#cards),
      codes: sorted(this.#codes),
      holdings: sorted(this.#holdings),
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
