import { refuse } from '../../errors.ts'
import { checkBroughtCode } from '../card/codes.ts'
import { findLivingCard } from '../card/find.ts'
import { checkOffered } from '../card/offered.ts'
import type { Command } from '../command.ts'
import type { Offer, Rows, TicketRow } from '../rows.ts'

export interface CreateTicket {
  /** Made by the caller, new. */
  ticket: string
  /** How long it lasts. */
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
  const card = findLivingCard(rows, card_id)
  if (card.face.base_info.bind_openid === true && openid === undefined) {
    throw refuse('invalidActionInfo', 'the card is bound to holders: name one in openid')
  }
  checkBroughtCode(card.face, code)
  if (!is_unique_code) return
  checkOffered(card, now)
  if (card.quantity < 1) throw refuse('stockUsedUp')
}
