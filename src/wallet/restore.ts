import { endpoint } from '../server/endpoint.ts'
import { card_id, object, openid } from '../shape/field.ts'

/** A holder takes back a member card they threw away. */
export const restore = endpoint({
  path: '/wallet/restore',
  body: object({ card_id, openid }),
  handle: (body, { commit }) => commit('restoreCode', body),
})
