import { shownEnd } from '../../domain/code/status.ts'
import { newFreshCodes } from '../../id.ts'
import { endpoint } from '../../server/endpoint.ts'
import { gift_ticket, object, openid } from '../../shape/field.ts'

/** A friend takes a gift. */
export const accept = endpoint({
  path: '/wallet/gift/accept',
  body: object({ gift_ticket, openid }),
  async handle(body, { commit }) {
    const { end_time, ...accepted } = await commit('acceptGift', { ...body, fresh_codes: newFreshCodes() })
    return { ...accepted, end_time: shownEnd(end_time) }
  },
})
