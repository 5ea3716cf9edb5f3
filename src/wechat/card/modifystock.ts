import { endpoint } from '../../server/endpoint.ts'
import { card_id, int, object, optional } from '../../shape/field.ts'

const pieces = optional(int(0, Number.MAX_SAFE_INTEGER, { refused: 'invalidQuantity' }))

/** 修改库存 */
export const modifystock = endpoint({
  path: '/card/modifystock',
  body: object({ card_id, increase_stock_value: pieces, reduce_stock_value: pieces }),
  async handle({ increase_stock_value = 0, reduce_stock_value = 0, ...body }, { commit }) {
    await commit('modifyStock', { ...body, increase_stock_value, reduce_stock_value })
  },
})
