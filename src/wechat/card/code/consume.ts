import { endpoint } from '../../../server/endpoint.ts'
import { card_id, code, object, optional } from '../../../shape/field.ts'

/** 核销Code */
export const consume = endpoint({
  path: '/card/code/consume',
  body: object({ code, card_id: optional(card_id) }),
  async handle(body, { commit }) {
    const consumed = await commit('consumeCode', body)
    return { card: { card_id: consumed.card_id }, openid: consumed.openid }
  },
})
