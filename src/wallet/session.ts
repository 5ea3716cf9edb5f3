import { newTicket, secretHash } from '../id.ts'
import { endpoint } from '../server/endpoint.ts'
import { object, openid } from '../shape/field.ts'

/** A link that opens the wallet as this holder, good once and for five minutes. */
export const session = endpoint({
  path: '/wallet/session',
  body: object({ openid }),
  async handle(body, { appid, commit, link }) {
    const made = newTicket(appid)
    const opened = await commit('openSession', { ...body, session: made, session_hash: secretHash(made) })
    return { url: link('/wallet/open', opened) }
  },
})
