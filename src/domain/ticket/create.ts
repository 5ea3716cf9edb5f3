import { refuse } from '../../errors.ts'
import { hasCustomCodes, isDeposited } from '../card/codes.ts'
import { findCard } from '../card/find.ts'
import { checkOffered } from '../card/offered.ts'
import { checkCodeNumber } from '../code/number.ts'
import type { Command } from '../command.ts'
import type { Offer, Rows, TicketRow } from '../rows.ts'

export interface CreateTicket {
  /** Made by the caller, new. */
  ticket: string
  /** How long it is good. */
  expire_seconds: number
  is_unique_code: boolean
  offers: readonly Offer[]
}

/** 创建二维码: what a holder scans to receive one of its cards. */
export const createTicket: Command<CreateTicket, { ticket: string }> = (request, { rows, now }) => {
  const { ticket, expire_seconds, is_unique_code, offers } = request
  for (const offer of offers) checkOffer(offer, is_unique_code, rows, now)
  const detail: Omit<TicketRow, 'used'> = { ticket, expire_time: now + expire_seconds, is_unique_code, offers }
  return { facts: [{ kind: 'ticket_created', at: now, detail }], answer: { ticket } }
}

function checkOffer({ card_id, code, openid }: Offer, is_unique_code: boolean, rows: Rows, now: number): void {
  const card = findCard(rows, card_id)
  if (card.status === 'CARD_STATUS_DELETE') throw refuse('invalidCardStatus', 'the card is deleted')
  const { face } = card
  if (face.base_info.bind_openid === true && openid === undefined) {
    throw refuse('invalidActionInfo', 'the card is bound to holders: name one in openid')
  }
  const brings = hasCustomCodes(face) && !isDeposited(face)
  if (brings && code === undefined) throw refuse('missingCode', 'the card has custom codes')
  if (code !== undefined && brings) checkCodeNumber(code)
  if (!brings && code !== undefined) throw refuse('invalidCode', 'the codes of this card are given out here')
  if (!is_unique_code) return
  checkOffered(card, now)
  if (card.quantity < 1) throw refuse('stockUsedUp')
}
