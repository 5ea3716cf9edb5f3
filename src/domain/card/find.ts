import { refuse } from '../../errors.ts'
import type { CardRow, Rows } from '../rows.ts'

/** The merchant's card with this id, deleted or not. */
export function findCard(rows: Rows, card_id: string): CardRow {
  const card = rows.card(card_id)
  if (!card) throw refuse('invalidCardId')
  return card
}

/** The same, but not a deleted one: deletion is for good. */
export function findLivingCard(rows: Rows, card_id: string): CardRow {
  const card = findCard(rows, card_id)
  if (card.status === 'CARD_STATUS_DELETE') throw refuse('invalidCardStatus', 'the card is deleted')
  return card
}
