import { refuse } from '../errors.ts'
import { newFreshCodes } from '../id.ts'
import { endpoint } from '../server/endpoint.ts'
import { card_id, code, object, openid, optional, outer_str, text } from '../shape/field.ts'

/** 领取: a holder receives a code. */
export const receive = endpoint({
  path: '/wallet/receive',
  body: object({ card_id, openid, code: optional(code), ticket: optional(text(256)), outer_str }),
  async handle({ ticket, ...body }, { appid, ledger }) {
    if (ticket !== undefined) throw refuse('invalidCardExt', 'unknown ticket')
    const { end_time, ...received } = await ledger.commit(appid, 'receiveCode', {
      ...body,
      fresh_codes: newFreshCodes(),
    })
    return { ...received, end_time: end_time ?? 0 }
  },
})
