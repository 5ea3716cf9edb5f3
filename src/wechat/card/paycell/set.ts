import { endpoint } from '../../../server/endpoint.ts'
import { bool, card_id, object, optional } from '../../../shape/field.ts'

/** 设置微信买单 */
export const setPayCell = endpoint({
  path: '/card/paycell/set',
  body: object({ card_id, is_open: optional(bool()) }),
  async handle({ is_open = true, ...body }, { commit }) {
    await commit('setPayCell', { ...body, is_open })
  },
})
