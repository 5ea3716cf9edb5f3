import type { Model, ModelCard, ModelTicket, Validity, Wish } from './model.ts'

/** What merchants do with cards. */

const MOST_PIECES = 100_000_000

const refusalOfChange = (card: ModelCard | undefined): number => (!card ? 40073 : card.deleted ? 40078 : 0)

export function refusalOfCreate({ now }: Model, { card_type, quantity, date_info, numbers }: Wish): number {
  if (date_info.type === 'DATE_TYPE_PERMANENT' && card_type !== 'MEMBER_CARD') return 40079
  if ('end_timestamp' in date_info && date_info.end_timestamp < now) return 40079
  if (date_info.type === 'DATE_TYPE_FIX_TIME_RANGE' && date_info.end_timestamp <= date_info.begin_timestamp) {
    return 40079
  }
  if (numbers === 'deposited') return quantity === 0 ? 0 : 40136
  return quantity < 1 ? 40122 : 0
}

export function create(model: Model, wish: Wish, card_id: string, notice: string): ModelCard {
  const made = { deleted: false, total_quantity: wish.quantity, pool: [], deposited: 0 }
  const card: ModelCard = { ...wish, ...made, card_id, notice }
  model.cards.push(card)
  return card
}

/** What card/update asks for. */
export interface Change {
  card_type: string
  notice?: string
  get_limit?: number
  can_give_friend?: boolean
  date_info?: Validity
}

export function refusalOfUpdate(card: ModelCard | undefined, { card_type, date_info }: Change): number {
  if (!card || card.deleted) return refusalOfChange(card)
  if (card_type !== card.card_type) return 40071
  return !date_info || isWider(card.date_info, date_info) ? 0 : 40100
}

/** A fixed range may begin earlier and end later; nothing else about validity may change. */
const isWider = (before: Validity, after: Validity): boolean =>
  before.type === 'DATE_TYPE_FIX_TIME_RANGE' &&
  after.type === before.type &&
  after.begin_timestamp <= before.begin_timestamp &&
  after.end_timestamp >= before.end_timestamp

/** @returns whether it has to be looked at: here everything that is looked at passes at once */
export function update(card: ModelCard, change: Change): boolean {
  Object.assign(card, change)
  return change.notice !== undefined
}

export function refusalOfStock(card: ModelCard | undefined, by: number): number {
  if (!card || card.deleted) return refusalOfChange(card)
  if (by === 0) return 0
  const { quantity, total_quantity, numbers, deposited } = card
  if (quantity + by < 0 || total_quantity + by > MOST_PIECES) return 40122
  return numbers === 'deposited' && total_quantity + by > deposited ? 40136 : 0
}

export function changeStock(card: ModelCard, by: number): void {
  card.quantity += by
  card.total_quantity += by
}

export const refusalOfDelete = refusalOfChange

export function refusalOfDeposit(card: ModelCard | undefined): number {
  if (!card || card.deleted) return refusalOfChange(card)
  return card.numbers === 'deposited' ? 0 : 40078
}

/** Is the code deposited for the card, or in someone's hand? */
export const isKnown = (model: Model, card: ModelCard, code: string): boolean =>
  card.pool.includes(code) || model.find(code, card.card_id) !== undefined

const MOST_BYTES = 20

export function deposit(model: Model, card: ModelCard, codes: readonly string[]) {
  const told = { succ_code: [] as string[], duplicate_code: [] as string[], fail_code: [] as string[] }
  for (const code of codes) {
    if (Buffer.byteLength(code) > MOST_BYTES) told.fail_code.push(code)
    else if (isKnown(model, card, code)) told.duplicate_code.push(code)
    else {
      told.succ_code.push(code)
      card.pool.push(code)
      card.deposited++
    }
  }
  return told
}

export interface Offered {
  card: ModelCard | undefined
  code: string | undefined
  openid: string | undefined
}

export function refusalOfTicket(model: Model, offers: readonly Offered[], is_unique_code: boolean): number {
  return offers.map((offer) => refusalOfOffer(model, offer, is_unique_code)).find((errcode) => errcode !== 0) ?? 0
}

function refusalOfOffer(model: Model, { card, code }: Offered, is_unique_code: boolean): number {
  if (!card || card.deleted) return refusalOfChange(card)
  if (card.numbers === 'custom' && code === undefined) return 41013
  if (card.numbers !== 'custom' && code !== undefined) return 40116
  if (!is_unique_code) return 0
  if (model.isOver(card)) return 40078
  return card.quantity < 1 ? 45031 : 0
}

export function createTicket(
  model: Model,
  { offers, ...rest }: Pick<ModelTicket, 'ticket' | 'is_unique_code' | 'until'> & { offers: readonly Offered[] },
): ModelTicket {
  const ticket = { ...rest, used: false, offers: offers.map((offer) => ({ ...offer, card: offer.card! })) }
  model.tickets.push(ticket)
  return ticket
}
