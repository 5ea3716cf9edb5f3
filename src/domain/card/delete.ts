import type { Command } from '../command.ts'
import { findLivingCard } from './find.ts'

/** 删除卡券: nobody can receive the card any more. Codes already received stay as good as they were. */
export const deleteCard: Command<{ card_id: string }, null> = ({ card_id }, { rows, now }) => {
  findLivingCard(rows, card_id)
  return { facts: [{ kind: 'card_deleted', at: now, card_id }], answer: null }
}
