import { newTicket } from '../../id.ts'
import { endpoint } from '../../server/endpoint.ts'
import { card_id, code, object, openid, optional } from '../../shape/field.ts'

/** 转赠: a holder gives a code away; whoever opens the link first may take it. */
export const give = endpoint({
  path: '/wallet/gift',
  body: object({ code, card_id: optional(card_id), openid }),
  async handle(body, { appid, commit, link }) {
    const gift = await commit('giveCode', { ...body, gift_ticket: newTicket(appid) })
    return { ...gift, url: link('/wallet/open', { gift_ticket: gift.gift_ticket }) }
  },
})
