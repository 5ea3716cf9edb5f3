import type { CardRow, MerchantRow } from '../../domain/rows.ts'
import type { Changes } from '../store.ts'

/** The numbers a merchant gave last, and the batch that gave them. */
export interface Tip {
  fact: number
  card: number
  holder: number
  /** Differs from that of every other batch, whatever process committed it. */
  batch: string
}

/** Once more than this many are remembered, they are forgotten and fetched again. */
const REMEMBERED = 10_000

/** A merchant as one batch left it: the numbers given last, and what is known of cards and holders. */
export class MerchantState {
  /** 0 until the merchant is saved. */
  merchant: number
  row: MerchantRow | undefined
  tip: Tip = { fact: 0, card: 0, holder: 0, batch: '' }
  /** Were all cards of the codes fetched last known already? Then codes are fetched without them. */
  knowsTheirCards = false
  readonly #cards = new Map<number, CardRow>()
  readonly #cardNumbers = new Map<string, number>()
  readonly #holders = new Map<string, number | undefined>()

  constructor(merchant: number) {
    this.merchant = merchant
  }

  get isLarge(): boolean {
    return this.#cards.size > REMEMBERED || this.#holders.size > REMEMBERED
  }

  /** To be called only while nothing remembered is waiting to be saved. */
  forget(): void {
    this.#holders.clear()
    if (this.#cards.size <= REMEMBERED) return
    this.#cards.clear()
    this.#cardNumbers.clear()
  }

  card(number: number): CardRow | undefined {
    return this.#cards.get(number)
  }

  cardNumber(card_id: string): number | undefined {
    return this.#cardNumbers.get(card_id)
  }

  addCard(number: number, row: CardRow): void {
    this.#cards.set(number, row)
    this.#cardNumbers.set(row.card_id, number)
  }

  holderNumber(openid: string): number | undefined {
    return this.#holders.get(openid)
  }

  /** Is it known what number a holder has, or that they have none? */
  knowsHolder(openid: string): boolean {
    return this.#holders.has(openid)
  }

  /** Those of whom that is unknown. */
  unknownAmong(openids: Iterable<string>): string[] {
    return [...openids].filter((openid) => !this.#holders.has(openid))
  }

  /** @param number undefined if they have none yet */
  addHolder(openid: string, number: number | undefined): void {
    this.#holders.set(openid, number)
  }

  /** Gives numbers to new cards, and remembers all. */
  numberCards(cards: Changes['cards']): void {
    for (const { row, loaded } of cards)
      this.addCard(loaded ? this.#cardNumbers.get(row.card_id)! : ++this.tip.card, row)
  }

  /** Gives numbers to those of these holders who have none yet. */
  numberHolders(openids: Iterable<string>): { openid: string; holder: number }[] {
    const strangers = [...openids].filter((openid) => this.#holders.get(openid) === undefined)
    return strangers.map((openid) => {
      const holder = ++this.tip.holder
      this.#holders.set(openid, holder)
      return { openid, holder }
    })
  }
}
