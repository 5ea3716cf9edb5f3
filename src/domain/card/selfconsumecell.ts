import type { Command } from '../command.ts'
import { checkCells } from './cells.ts'
import { findLivingCard } from './find.ts'

export interface SetSelfConsumeCell {
  card_id: string
  is_open: boolean
  /** Does a holder have to enter a number that the shop shows? */
  need_verify_cod: boolean
  /** Does a holder have to enter how much was paid? */
  need_remark_amount: boolean
}

/** 设置自助核销: whether a holder may redeem a code alone. */
export const setSelfConsumeCell: Command<SetSelfConsumeCell, null> = (request, { rows, now }) => {
  const { card_id, is_open, ...needs } = request
  const { face } = findLivingCard(rows, card_id)
  const { self_consume, ...others } = face.cells ?? {}
  const cells = is_open ? { ...others, self_consume: needs } : others
  if (is_open) checkCells({ ...face, cells })
  else if (!self_consume) return { facts: [], answer: null }
  return { facts: [{ kind: 'cells_set', at: now, card_id, detail: { cells } }], answer: null }
}
