import { endpoint } from '../server/endpoint.ts'
import { card_id, code, object, openid, optional } from '../shape/field.ts'

/** A holder throws a code away. */
export const deleteCode = endpoint({
  path: '/wallet/delete',
  body: object({ code, card_id: optional(card_id), openid }),
  async handle(body, { commit }) {
    await commit('deleteCode', body)
  },
})
