import { isKnown } from './model-cards.ts'
import { USUAL_LIMIT, type Model, type ModelCard, type ModelCode, type ModelTicket } from './model.ts'

/** What happens to codes, between a holder and the merchant. */

export interface Receipt {
  card: ModelCard | undefined
  openid: string
  code?: string | undefined
  /** undefined: no QR code was scanned; null: one that does not exist. */
  scanned?: ModelTicket | null | undefined
}

export function refusalOfReceive(model: Model, { card, openid, code, scanned }: Receipt): number {
  if (!card) return 40073
  if (card.deleted || model.isOver(card)) return 40078
  const offer = scanned?.offers.find((one) => one.card === card)
  if (scanned !== undefined) {
    if (!scanned || !offer || scanned.used || model.now > scanned.until) return 40080
    if (offer.openid !== undefined && offer.openid !== openid) return 40003
  }
  const number = offer?.code ?? code
  if (card.numbers !== 'custom' && number !== undefined) return 40116
  if (card.numbers === 'deposited' && card.pool.length === 0) return 45031
  if (card.numbers === 'custom' && number === undefined) return 41013
  if (card.numbers === 'custom' && model.find(number!, card.card_id)) return 40111
  if (card.quantity < 1) return 45031
  const received = model.codes.filter((one) => one.card === card && one.receiver === openid).length
  if (received >= (card.get_limit ?? USUAL_LIMIT)) return 45033
  // What would begin only after the card's last second is not handed out.
  const own = model.ownValidity(card)
  return own && own.end_time < own.begin_time ? 40078 : 0
}

/** The number that a receipt must give, undefined where the server chooses one. */
export function numberOf({ card, code, scanned }: Receipt): string | undefined {
  if (card?.numbers === 'deposited') return card.pool[0]
  return scanned?.offers.find((one) => one.card === card)?.code ?? code
}

export function receive(model: Model, { openid, scanned, ...receipt }: Receipt, code: string): ModelCode {
  const card = receipt.card!
  card.quantity--
  if (card.numbers === 'deposited') card.pool.shift()
  if (scanned?.is_unique_code) scanned.used = true
  const validity = model.ownValidity(card)
  const received: ModelCode = { code, card, openid, receiver: openid, state: 'NORMAL', validity }
  model.codes.push(received)
  return received
}

/** Takes a code to a new state. Whatever happens to it ends the gift that it was on the way with. */
export function become(code: ModelCode, state: ModelCode['state']): void {
  code.state = state
  code.gift = undefined
}

export function refusalOfConsume(model: Model, code: ModelCode | undefined): number {
  if (!code) return 40056
  if (code.state === 'CONSUMED') return 40099
  if (!['NORMAL', 'GIFT_TIMEOUT'].includes(model.stateOf(code))) return 40127
  return model.canConsume(code) ? 0 : 40147
}

export function refusalOfUnavailable(code: ModelCode | undefined): number {
  if (!code) return 40056
  if (code.state === 'CONSUMED') return 40099
  return code.state === 'UNAVAILABLE' || code.state === 'DELETE' ? 40127 : 0
}

export function refusalOfRenumber(model: Model, code: ModelCode | undefined, new_code: string): number {
  if (!code) return 40056
  if (code.card.numbers === 'generated') return 45030
  if (code.state === 'CONSUMED') return 40099
  if (['GIFTING', 'DELETE', 'UNAVAILABLE'].includes(model.stateOf(code))) return 40127
  return isKnown(model, code.card, new_code) ? 40111 : 0
}

export function refusalOfThrowAway(model: Model, code: ModelCode | undefined, openid: string): number {
  if (code?.openid !== openid) return 40056
  return ['NORMAL', 'GIFT_TIMEOUT', 'EXPIRE'].includes(model.stateOf(code)) ? 0 : 40127
}

export function throwAway(model: Model, code: ModelCode): void {
  become(code, 'DELETE')
  model.deleted.push(code)
}

const deletedBy = (model: Model, card: ModelCard | undefined, openid: string): ModelCode[] =>
  model.deleted.filter((code) => code.card === card && code.openid === openid)

/** What comes back is what this holder threw away last, of what is not over. */
export const latestDeleted = (model: Model, card: ModelCard | undefined, openid: string): ModelCode | undefined =>
  deletedBy(model, card, openid).findLast((code) => model.now <= model.spanOf(code).end_time)

export function refusalOfRestore(model: Model, card: ModelCard | undefined, openid: string): number {
  if (!card) return 40073
  if (card.card_type !== 'MEMBER_CARD') return 45030
  if (deletedBy(model, card, openid).length === 0) return 40056
  return latestDeleted(model, card, openid) ? 0 : 40127
}

export function restore(model: Model, code: ModelCode): void {
  become(code, 'NORMAL')
  model.deleted.splice(model.deleted.indexOf(code), 1)
}
