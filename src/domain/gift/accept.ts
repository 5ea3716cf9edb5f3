import { refuse } from '../../errors.ts'
import { hasCustomCodes } from '../card/codes.ts'
import type { Validity } from '../card/validity.ts'
import { firstFree } from '../code/receive.ts'
import { validityOf } from '../code/status.ts'
import type { Command } from '../command.ts'
import { findGift } from './find.ts'

export interface AcceptGift {
  gift_ticket: string
  /** The friend. */
  openid: string
  /** As in ReceiveCode. */
  fresh_codes: readonly string[]
}

export interface Accepted extends Validity {
  card_id: string
  code: string
}

/**
 * A friend takes a gift; of two, the first. A generated code gets a new number, so that the giver can no longer use it;
 * a custom code keeps its own until the merchant changes it. Neither stock nor get_limit is touched: nothing new is
 * issued.
 */
export const acceptGift: Command<AcceptGift, Accepted> = (
  { gift_ticket, openid: friend, fresh_codes },
  { rows, now },
) => {
  const { held, card } = findGift(rows, gift_ticket, now)
  const { card_id, code, openid: giver } = held
  if (friend === giver) throw refuse('invalidOpenid', 'nobody can take a gift of their own')
  const number = hasCustomCodes(card.face) ? {} : { new_code: firstFree(fresh_codes, rows) }
  return {
    facts: [{ kind: 'gift_accepted', at: now, card_id, code, openid: giver, detail: { friend, ...number } }],
    answer: { card_id, code: number.new_code ?? code, ...validityOf(held, card.face) },
  }
}
