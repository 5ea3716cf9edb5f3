import { refuse } from '../../errors.ts'
import { MAX_QUANTITY } from '../../shape/card/base_info.ts'
import type { Command } from '../command.ts'
import { isDeposited } from './codes.ts'
import { findLivingCard } from './find.ts'

export interface ModifyStock {
  card_id: string
  increase_stock_value: number
  reduce_stock_value: number
}

/** 修改库存: both values together make one change, to what is left and to what was ever offered alike. */
export const modifyStock: Command<ModifyStock, null> = (request, { rows, now }) => {
  const { card_id, increase_stock_value, reduce_stock_value } = request
  const { face, quantity, total_quantity, deposited } = findLivingCard(rows, card_id)
  const change = increase_stock_value - reduce_stock_value
  if (change === 0) return { facts: [], answer: null }
  if (quantity + change < 0) throw refuse('invalidQuantity', `${quantity} are left`)
  if (total_quantity + change > MAX_QUANTITY) throw refuse('invalidQuantity', `${total_quantity} were offered so far`)
  if (isDeposited(face) && total_quantity + change > deposited) {
    throw refuse('depositOverPool', `${deposited} codes are deposited`)
  }
  return { facts: [{ kind: 'stock_changed', at: now, card_id, quantity: change }], answer: null }
}
