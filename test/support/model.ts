import { DAY_S, startOfDay } from './shanghai.ts'

/**
 * Cards and codes as the specification describes them, once more and as simply as can be: what the server does is
 * compared with this. Nothing here is taken from the program. What merchants do with cards is in model-cards.ts, what
 * happens to codes in model-codes.ts and model-gifts.ts. Each act there has two halves: the errcode with which it is
 * refused, 0 where it is not (of several refusals the first counts), and what it changes.
 *
 * The model does not know the second: whoever uses it lets everything begin and end on the hour, and moves the clock to
 * minutes in between.
 */

export const HOUR_S = 3600

export type Validity =
  | { type: 'DATE_TYPE_FIX_TIME_RANGE'; begin_timestamp: number; end_timestamp: number }
  | { type: 'DATE_TYPE_FIX_TERM'; fixed_term: number; fixed_begin_term: number; end_timestamp?: number }
  | { type: 'DATE_TYPE_PERMANENT' }

/** What a merchant wishes a card to be. */
export interface Wish {
  card_type: 'GROUPON' | 'MEMBER_CARD'
  quantity: number
  get_limit?: number
  use_limit?: number
  can_give_friend?: boolean
  /** Where codes get their numbers: from the server, from whoever receives one, from those deposited before. */
  numbers: 'generated' | 'custom' | 'deposited'
  date_info: Validity
}

export interface ModelCard extends Wish {
  card_id: string
  deleted: boolean
  total_quantity: number
  notice: string
  /** Deposited codes that nobody has received, in the order in which they are handed out. */
  pool: string[]
  deposited: number
}

export interface ModelCode {
  code: string
  card: ModelCard
  /** Whoever has it, and whoever received it from the stock. */
  openid: string
  receiver: string
  /** Of its own; where the card has a fixed range it follows that. */
  validity: Span | undefined
  state: 'NORMAL' | 'CONSUMED' | 'UNAVAILABLE' | 'GIFTING' | 'DELETE'
  gift?: { ticket: string; until: number } | undefined
}

/** First and last second; Infinity: it never ends. */
export interface Span {
  begin_time: number
  end_time: number
}

export type CodeState = ModelCode['state'] | 'EXPIRE' | 'GIFT_TIMEOUT'

/** What stands behind a QR code. */
export interface ModelTicket {
  ticket: string
  until: number
  is_unique_code: boolean
  used: boolean
  offers: { card: ModelCard; code?: string | undefined; openid?: string | undefined }[]
}

/** How many each holder may receive and redeem where a card does not say. */
export const USUAL_LIMIT = 50

export class Model {
  readonly cards: ModelCard[] = []
  readonly codes: ModelCode[] = []
  readonly tickets: ModelTicket[] = []
  /** Those that were thrown away, the latest last. */
  readonly deleted: ModelCode[] = []
  now: number

  constructor(now: number) {
    this.now = now
  }

  /** By its number alone only a generated code is found. */
  find(code: string, card_id?: string): ModelCode | undefined {
    return this.codes.find(
      (one) =>
        one.code === code && (card_id === undefined ? one.card.numbers === 'generated' : one.card.card_id === card_id),
    )
  }

  spanOf({ card: { date_info }, validity }: ModelCode): Span {
    if (date_info.type !== 'DATE_TYPE_FIX_TIME_RANGE') return validity!
    return { begin_time: date_info.begin_timestamp, end_time: date_info.end_timestamp }
  }

  stateOf(code: ModelCode): CodeState {
    const isBack = code.state === 'GIFTING' && this.now > code.gift!.until
    const state = isBack ? 'GIFT_TIMEOUT' : code.state
    return isUsable(state) && this.now > this.spanOf(code).end_time ? 'EXPIRE' : state
  }

  canConsume(code: ModelCode): boolean {
    const { card, openid } = code
    const redeemed = this.codes.filter(
      (one) => one.card === card && one.openid === openid && one.state === 'CONSUMED',
    ).length
    return (
      isUsable(this.stateOf(code)) &&
      this.now >= this.spanOf(code).begin_time &&
      redeemed < (card.use_limit ?? USUAL_LIMIT)
    )
  }

  /** What the holder's wallet shows. */
  listOf(openid: string, card?: ModelCard): ModelCode[] {
    return this.codes.filter((code) => {
      const state = this.stateOf(code)
      return code.openid === openid && (isUsable(state) || state === 'GIFTING') && (!card || code.card === card)
    })
  }

  isOver({ date_info }: ModelCard): boolean {
    return 'end_timestamp' in date_info && date_info.end_timestamp !== undefined && this.now > date_info.end_timestamp
  }

  /** The validity of a code that is received now, where it gets one of its own. */
  ownValidity({ date_info }: ModelCard): Span | undefined {
    if (date_info.type === 'DATE_TYPE_FIX_TIME_RANGE') return undefined
    if (date_info.type === 'DATE_TYPE_PERMANENT') return { begin_time: this.now, end_time: Infinity }
    const { fixed_term, fixed_begin_term, end_timestamp = Infinity } = date_info
    const begin_time = startOfDay(this.now) + fixed_begin_term * DAY_S
    // "For the day of receipt" is written as a term of 0 days.
    const end_time = begin_time + Math.max(fixed_term, 1) * DAY_S - 1
    return { begin_time, end_time: Math.min(end_time, end_timestamp) }
  }
}

/** In its holder's hand, and not used: also when it came back from a gift that nobody took. */
export const isUsable = (state: CodeState): boolean => state === 'NORMAL' || state === 'GIFT_TIMEOUT'
