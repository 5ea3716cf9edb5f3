import { shownEnd } from '../domain/code/status.ts'
import { endpoint } from '../server/endpoint.ts'
import { showCard } from '../shape/card/show.ts'
import { card_id, code, object, openid, optional, outer_str } from '../shape/field.ts'

/** A holder opens a card, or one code of it: counted as a view. */
export const view = endpoint({
  path: '/wallet/view',
  body: object({ card_id, openid, code: optional(code), outer_str }),
  async handle(body, { appid, commit }) {
    const { card, code: own } = await commit('viewCard', body)
    const shown = { card: showCard(card.face, { appid, ...card }) }
    if (!own) return shown
    const { code: number, status: user_card_status, begin_time, end_time } = own
    return { ...shown, code: number, begin_time, end_time: shownEnd(end_time), user_card_status }
  },
})
