import type { Command } from '../command.ts'
import { findLivingCard } from './find.ts'

export interface ViewCard {
  card_id: string
  openid: string
  outer_str: string | null
}

/** Someone opened the card: counted, and nothing else. */
export const viewCard: Command<ViewCard, null> = ({ card_id, openid, outer_str }, { rows, now }) => {
  findLivingCard(rows, card_id)
  return { facts: [{ kind: 'card_viewed', at: now, card_id, openid, outer_str }], answer: null }
}
