import { refuse } from '../../errors.ts'
import type { Held } from '../code/find.ts'
import { statusOf } from '../code/status.ts'
import type { Rows } from '../rows.ts'

/**
 * The code that is on its way to a friend with a ticket. Once anything but expiry has happened to the code, the ticket
 * leads nowhere.
 */
export function findGift(rows: Rows, gift_ticket: string, now: number): Held {
  const held = rows.codeOfGift(gift_ticket)
  if (!held) throw refuse('invalidCardExt', 'no gift is on its way with this ticket')
  const card = rows.card(held.card_id)!
  const status = statusOf(held, card.face, now)
  if (status !== 'GIFTING') throw refuse('invalidUserCardStatus', status)
  return { held, card }
}
