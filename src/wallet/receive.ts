import { shownEnd } from '../domain/code/status.ts'
import { newFreshCodes } from '../id.ts'
import { endpoint } from '../server/endpoint.ts'
import { card_id, code, object, openid, optional, outer_str, ticket } from '../shape/field.ts'

/** 领取: a holder receives a code, on the terms of a QR code if one was scanned. */
export const receive = endpoint({
  path: '/wallet/receive',
  body: object({ card_id, openid, code: optional(code), ticket: optional(ticket), outer_str }),
  async handle(body, { commit }) {
    const { end_time, ...received } = await commit('receiveCode', { ...body, fresh_codes: newFreshCodes() })
    return { ...received, end_time: shownEnd(end_time) }
  },
})
