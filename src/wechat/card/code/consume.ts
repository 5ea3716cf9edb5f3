import { endpoint } from '../../../server/endpoint.ts'
import { card_id, code, int, object, openid, optional } from '../../../shape/field.ts'

/** 核销Code */
export const consume = endpoint({
  path: '/card/code/consume',
  body: object({
    code,
    card_id: optional(card_id),
    // Our own fields: where and by whom, for the statistics.
    location_id: optional(int(1, Number.MAX_SAFE_INTEGER)),
    staff_openid: optional(openid),
  }),
  async handle(body, { commit }) {
    const consumed = await commit('consumeCode', body)
    return { card: { card_id: consumed.card_id }, openid: consumed.openid }
  },
})
