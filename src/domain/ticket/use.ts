import { refuse } from '../../errors.ts'
import type { Offer, Rows } from '../rows.ts'

/** What a QR code offers to a holder of one of its cards, and whether that uses it up. */
export function offerOf(
  rows: Rows,
  { ticket, card_id, openid }: { ticket: string; card_id: string; openid: string },
  now: number,
): Offer & { is_unique_code: boolean } {
  const row = rows.ticket(ticket)
  if (!row) throw refuse('invalidCardExt', 'unknown ticket')
  if (row.used) throw refuse('invalidCardExt', 'the ticket is used up')
  if (now > row.expire_time) throw refuse('invalidCardExt', 'the ticket is over')
  const offer = row.offers.find((one) => one.card_id === card_id)
  if (!offer) throw refuse('invalidCardExt', 'the ticket is for another card')
  if (offer.openid !== undefined && offer.openid !== openid) {
    throw refuse('invalidOpenid', 'the ticket is for another holder')
  }
  return { ...offer, is_unique_code: row.is_unique_code }
}
