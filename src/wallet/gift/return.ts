import { endpoint } from '../../server/endpoint.ts'
import { gift_ticket, object, openid } from '../../shape/field.ts'

/** The giver takes an open gift back. */
export const takeBack = endpoint({
  path: '/wallet/gift/return',
  body: object({ gift_ticket, openid }),
  async handle(body, { commit }) {
    await commit('returnGift', body)
  },
})
