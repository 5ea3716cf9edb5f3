import { refuse } from '../../errors.ts'
import type { Command } from '../command.ts'
import { findGift } from './find.ts'

export interface ReturnGift {
  gift_ticket: string
  /** The giver. */
  openid: string
}

/** The giver takes back a gift that nobody has taken yet. */
export const returnGift: Command<ReturnGift, null> = ({ gift_ticket, openid }, { rows, now }) => {
  const { held } = findGift(rows, gift_ticket, now)
  if (held.openid !== openid) throw refuse('invalidSerialCode', 'it is the gift of someone else')
  const { code, card_id } = held
  return { facts: [{ kind: 'gift_returned', at: now, card_id, code, openid }], answer: null }
}
