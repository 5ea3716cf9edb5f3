import { endpoint } from '../../server/endpoint.ts'
import { card_id, object } from '../../shape/field.ts'

/** 删除卡券 */
export const deleteCard = endpoint({
  path: '/card/delete',
  body: object({ card_id }),
  async handle(body, { commit }) {
    await commit('deleteCard', body)
  },
})
