import { endpoint } from '../../../server/endpoint.ts'
import { card_id, code, object, optional, text } from '../../../shape/field.ts'

/** 设置卡券失效 */
export const unavailable = endpoint({
  path: '/card/code/unavailable',
  body: object({ code, card_id: optional(card_id), reason: optional(text(256)) }),
  async handle(body, { commit }) {
    await commit('makeUnavailable', body)
  },
})
