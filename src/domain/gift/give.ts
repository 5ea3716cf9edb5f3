import { refuse } from '../../errors.ts'
import { findOwnCode, type OwnCode } from '../code/find.ts'
import { isUsable, statusAt, validityOf } from '../code/status.ts'
import type { Command } from '../command.ts'

export interface GiveCode extends OwnCode {
  /** Made by the caller, new. */
  gift_ticket: string
}

/** What a friend needs. */
export interface Gift {
  gift_ticket: string
  /** The last second in which a friend may take it. */
  expire_time: number
}

const HOUR_S = 3600

/**
 * 转赠: puts a code on its way to whoever brings the ticket first, until the merchant's time for gifts or the code's own
 * is over.
 */
export const giveCode: Command<GiveCode, Gift> = ({ gift_ticket, ...named }, { rows, now }) => {
  const { held, card } = findOwnCode(rows, named)
  if (card.face.base_info.can_give_friend === false) throw refuse('notSupported', 'can_give_friend is false')
  const validity = validityOf(held, card.face)
  const status = statusAt(held, validity, now)
  if (!isUsable(status)) throw refuse('invalidUserCardStatus', status)

  const { gift_timeout_hours } = rows.merchant()!.settings
  const expire_time = Math.min(now + gift_timeout_hours * HOUR_S, validity.end_time ?? Infinity)
  const { code, card_id, openid } = held
  const detail = { gift_ticket, gift_expire_time: expire_time }
  return {
    facts: [{ kind: 'gift_begun', at: now, card_id, code, openid, detail }],
    answer: { gift_ticket, expire_time },
  }
}
