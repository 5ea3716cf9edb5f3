import { become } from './model-codes.ts'
import { HOUR_S, isUsable, type Model, type ModelCode } from './model.ts'

/** 转赠: codes between one holder and another. */

const GIFT_S = 24 * HOUR_S

export function refusalOfGive(model: Model, code: ModelCode | undefined, openid: string): number {
  if (code?.openid !== openid) return 40056
  if (code.card.can_give_friend === false) return 45030
  return isUsable(model.stateOf(code)) ? 0 : 40127
}

/** The last second in which a friend may take a code that is given now. */
export const lastSecondOfGift = (model: Model, code: ModelCode): number =>
  Math.min(model.now + GIFT_S, model.spanOf(code).end_time)

export function give(model: Model, code: ModelCode, ticket: string): void {
  code.gift = { ticket, until: lastSecondOfGift(model, code) }
  code.state = 'GIFTING'
}

/** The code that is on its way with a ticket, or was when its time ran out. */
export const codeOfGift = (model: Model, ticket: string): ModelCode | undefined =>
  model.codes.find(({ gift }) => gift?.ticket === ticket)

export function refusalOfAccept(model: Model, code: ModelCode | undefined, openid: string): number {
  if (!code) return 40080
  if (model.stateOf(code) !== 'GIFTING') return 40127
  return code.openid === openid ? 40003 : 0
}

/** A generated code comes under a new number, and the giver's is good for nothing; a custom code keeps its own. */
export function accept(code: ModelCode, openid: string, new_code: string): void {
  become(code, 'NORMAL')
  code.openid = openid
  code.code = new_code
}

export function refusalOfReturn(model: Model, code: ModelCode | undefined, openid: string): number {
  if (!code) return 40080
  if (model.stateOf(code) !== 'GIFTING') return 40127
  return code.openid === openid ? 0 : 40056
}

export const takeBack = (code: ModelCode): void => become(code, 'NORMAL')
