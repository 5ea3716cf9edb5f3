/** Of one card and one holder. */
export interface OfHolder {
  card_id: string
  openid: string
}

/** A deposited code of one card. */
export interface OfPool {
  card_id: string
  code: string
}

export interface PoolPage {
  card_id: string
  after: number
  count: number
}

/** Rows to be fetched, by what RowLoader is asked for them. */
export class Wanted {
  readonly cards = new Set<string>()
  /** With the cards of these codes, and what their holders have of them. */
  readonly codes = new Set<string>()
  readonly codesOfHolder = new Map<string, OfHolder>()
  readonly gifts = new Set<string>()
  readonly holdings = new Map<string, OfHolder>()
  readonly pooled = new Map<string, OfPool>()
  readonly pools = new Map<string, PoolPage>()
  readonly tickets = new Set<string>()
  readonly sessions = new Set<string>()
  readonly replies = new Set<string>()
  tokens = false

  /** Is each named by its own key, which names one row or none, or the codes of one number? */
  get isByKeys(): boolean {
    return (
      this.codesOfHolder.size + this.gifts.size + this.pooled.size + this.pools.size + this.sessions.size === 0 &&
      !this.tokens
    )
  }

  holder(card_id: string, openid: string): void {
    this.codesOfHolder.set(`${card_id} ${openid}`, { card_id, openid })
  }

  deposited(card_id: string, code: string): void {
    this.pooled.set(`${card_id} ${code}`, { card_id, code })
  }

  holding(card_id: string, openid: string): void {
    this.holdings.set(`${card_id} ${openid}`, { card_id, openid })
  }
}
