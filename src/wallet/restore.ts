import { endpoint } from '../server/endpoint.ts'
import { card_id, object, openid } from '../shape/field.ts'

/** A holder takes a thrown away member card back. */
export const restore = endpoint({
  path: '/wallet/restore',
  body: object({ card_id, openid }),
  handle: (body, { commit }) => commit('restoreCode', body),
})
