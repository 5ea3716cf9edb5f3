import { DAY_S, startOfDay } from './shanghai.ts'

/**
 * Cards and codes as the specification describes them, once more and as simply as can be: what the server does is
 * compared with this. Nothing here is taken from the program. Where several refusals apply, the first one in a method
 * is the one that is given.
 *
 * The model knows the hour, not the second: whoever uses it lets everything begin and end on the hour, and moves the
 * clock to half past.
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
  use_custom_code: boolean
  date_info: Validity
}

export interface ModelCard extends Wish {
  card_id: string
  deleted: boolean
  total_quantity: number
}

export interface ModelCode {
  code: string
  card: ModelCard
  openid: string
  begin_time: number
  /** Infinity: it never ends. */
  end_time: number
  state: 'NORMAL' | 'CONSUMED' | 'UNAVAILABLE'
}

/** How many each holder may receive and redeem where a card does not say. */
const USUAL_LIMIT = 50
const MOST_PIECES = 100_000_000

export class Model {
  readonly cards: ModelCard[] = []
  readonly codes: ModelCode[] = []
  now: number

  constructor(now: number) {
    this.now = now
  }

  refusalOfCreate({ card_type, quantity, date_info }: Wish): number {
    if (date_info.type === 'DATE_TYPE_PERMANENT' && card_type !== 'MEMBER_CARD') return 40079
    if ('end_timestamp' in date_info && date_info.end_timestamp < this.now) return 40079
    if (date_info.type === 'DATE_TYPE_FIX_TIME_RANGE' && date_info.end_timestamp <= date_info.begin_timestamp) {
      return 40079
    }
    return quantity < 1 ? 40122 : 0
  }

  create(wish: Wish, card_id: string): ModelCard {
    const card = { ...wish, card_id, deleted: false, total_quantity: wish.quantity }
    this.cards.push(card)
    return card
  }

  refusalOfReceive(card: ModelCard | undefined, openid: string, code?: string): number {
    if (!card) return 40073
    if (card.deleted || this.now > endOfOffer(card)) return 40078
    if (!card.use_custom_code && code !== undefined) return 40116
    if (card.use_custom_code && code === undefined) return 41013
    if (card.use_custom_code && this.find(code!, card.card_id)) return 40111
    if (card.quantity < 1) return 45031
    if (this.#held(card, openid).length >= (card.get_limit ?? USUAL_LIMIT)) return 45033
    // What would begin only after the card's last second is not handed out.
    const { begin_time, end_time } = this.#validityOf(card)
    return end_time < begin_time ? 40078 : 0
  }

  receive(card: ModelCard, openid: string, code: string): ModelCode {
    card.quantity--
    const received: ModelCode = { code, card, openid, state: 'NORMAL', ...this.#validityOf(card) }
    this.codes.push(received)
    return received
  }

  /** By its number alone only a generated code is found. */
  find(code: string, card_id?: string): ModelCode | undefined {
    return this.codes.find(
      (one) => one.code === code && (card_id === undefined ? !one.card.use_custom_code : one.card.card_id === card_id),
    )
  }

  refusalOfConsume(code: ModelCode | undefined): number {
    if (!code) return 40056
    if (code.state === 'CONSUMED') return 40099
    if (this.stateOf(code) !== 'NORMAL') return 40127
    return this.canConsume(code) ? 0 : 40147
  }

  refusalOfUnavailable(code: ModelCode | undefined): number {
    if (!code) return 40056
    if (code.state === 'CONSUMED') return 40099
    return code.state === 'UNAVAILABLE' ? 40127 : 0
  }

  refusalOfStock(card: ModelCard | undefined, by: number): number {
    if (!card) return 40073
    if (card.deleted) return 40078
    return card.quantity + by < 0 || card.total_quantity + by > MOST_PIECES ? 40122 : 0
  }

  changeStock(card: ModelCard, by: number): void {
    card.quantity += by
    card.total_quantity += by
  }

  refusalOfDelete(card: ModelCard | undefined): number {
    if (!card) return 40073
    return card.deleted ? 40078 : 0
  }

  stateOf({ state, end_time }: ModelCode): ModelCode['state'] | 'EXPIRE' {
    return state === 'NORMAL' && this.now > end_time ? 'EXPIRE' : state
  }

  canConsume(code: ModelCode): boolean {
    const { card, openid, begin_time } = code
    const redeemed = this.#held(card, openid).filter(({ state }) => state === 'CONSUMED').length
    return this.stateOf(code) === 'NORMAL' && this.now >= begin_time && redeemed < (card.use_limit ?? USUAL_LIMIT)
  }

  /** What the holder's wallet shows. */
  listOf(openid: string, card?: ModelCard): ModelCode[] {
    return this.codes.filter(
      (code) => code.openid === openid && this.stateOf(code) === 'NORMAL' && (!card || code.card === card),
    )
  }

  #held(card: ModelCard, openid: string): ModelCode[] {
    return this.codes.filter((code) => code.card === card && code.openid === openid)
  }

  #validityOf({ date_info }: ModelCard): Pick<ModelCode, 'begin_time' | 'end_time'> {
    if (date_info.type === 'DATE_TYPE_PERMANENT') return { begin_time: this.now, end_time: Infinity }
    if (date_info.type === 'DATE_TYPE_FIX_TIME_RANGE') {
      return { begin_time: date_info.begin_timestamp, end_time: date_info.end_timestamp }
    }
    const { fixed_term, fixed_begin_term, end_timestamp = Infinity } = date_info
    const begin_time = startOfDay(this.now) + fixed_begin_term * DAY_S
    // "For the day of receipt" is written as a term of 0 days.
    const end_time = begin_time + Math.max(fixed_term, 1) * DAY_S - 1
    return { begin_time, end_time: Math.min(end_time, end_timestamp) }
  }
}

const endOfOffer = ({ date_info }: ModelCard): number =>
  'end_timestamp' in date_info && date_info.end_timestamp !== undefined ? date_info.end_timestamp : Infinity
