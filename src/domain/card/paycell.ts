import { refuse } from '../../errors.ts'
import type { Command } from '../command.ts'
import { checkCells } from './cells.ts'
import { findLivingCard } from './find.ts'

export interface SetPayCell {
  card_id: string
  is_open: boolean
}

/** 设置微信买单: whether a holder may pay with the card. Merchants who may no longer take payments can still turn it off. */
export const setPayCell: Command<SetPayCell, null> = ({ card_id, is_open }, { rows, now }) => {
  const { face } = findLivingCard(rows, card_id)
  const { pay, ...others } = face.cells ?? {}
  if (is_open && !rows.merchant()!.settings.wechat_pay) throw refuse('requirePay')
  const cells = is_open ? { ...others, pay: true as const } : others
  if (is_open) checkCells({ ...face, cells })
  if (is_open === (pay ?? false)) return { facts: [], answer: null }
  return { facts: [{ kind: 'cells_set', at: now, card_id, detail: { cells } }], answer: null }
}
