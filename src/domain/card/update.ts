import { refuse } from '../../errors.ts'
import { changeFace } from '../../shape/card/card.ts'
import type { CardUpdate } from '../../shape/card/update.ts'
import type { Command } from '../command.ts'
import type { Fact } from '../facts.ts'
import { checkCells } from './cells.ts'
import { findLivingCard } from './find.ts'
import { widen } from './validity.ts'

/**
 * 更改卡券信息: changes all the fields that are named, or none. A change that has to be looked at sends the card to review,
 * as does any change of a refused card; codes already received stay usable meanwhile.
 */
export const updateCard: Command<CardUpdate, { send_check: boolean }> = (request, { rows, now }) => {
  const { card_id, card_type, date_info, review } = request
  const { face, status } = findLivingCard(rows, card_id)
  if (face.card_type !== card_type) throw refuse('invalidCardType', `the card is a ${face.card_type}`)
  const { base_info, fields } = request.changes
  if (face.fields['supply_bonus'] === true && fields['supply_bonus'] === false) throw refuse('bonusTurnedOff')
  const wider = date_info && widen(face.base_info.date_info, date_info)
  const changes = { base_info: { ...base_info, ...(wider && { date_info: wider }) }, fields }
  const changed = changeFace(face, changes)
  checkCells(changed)

  // Both have their members in the order of the schema.
  if (!review && JSON.stringify(changed) === JSON.stringify(face)) return { facts: [], answer: { send_check: false } }
  const send_check = review || status === 'CARD_STATUS_VERIFY_FAIL'
  const facts: Fact[] = [{ kind: 'card_updated', at: now, card_id, detail: { changes, send_check } }]
  if (send_check && rows.merchant()!.settings.review === 'automatic') {
    facts.push({ kind: 'card_approved', at: now, card_id })
  }
  return { facts, answer: { send_check } }
}
