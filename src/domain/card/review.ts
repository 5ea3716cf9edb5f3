import { refuse } from '../../errors.ts'
import type { Command } from '../command.ts'
import type { CardRow, Rows } from '../rows.ts'
import { findLivingCard } from './find.ts'

/** 审核: someone who looked at a card lets it pass. */
export const approveCard: Command<{ card_id: string }, null> = ({ card_id }, { rows, now }) => {
  findWaitingCard(rows, card_id)
  return { facts: [{ kind: 'card_approved', at: now, card_id }], answer: null }
}

/** … or says what is wrong with it. */
export const refuseCard: Command<{ card_id: string; reason: string }, null> = ({ card_id, reason }, { rows, now }) => {
  findWaitingCard(rows, card_id)
  return { facts: [{ kind: 'card_refused', at: now, card_id, detail: { reason } }], answer: null }
}

function findWaitingCard(rows: Rows, card_id: string): CardRow {
  const card = findLivingCard(rows, card_id)
  if (card.status !== 'CARD_STATUS_NOT_VERIFY') throw refuse('invalidCardStatus', 'the card does not wait for review')
  return card
}
