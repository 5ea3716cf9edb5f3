import { isUsable, statusOf } from '../../../domain/code/status.ts'
import { endpoint } from '../../../server/endpoint.ts'
import { card_id, object, openid, optional } from '../../../shape/field.ts'

/** 获取用户已领取卡券: the codes that their holder may still use, now or later, and those on their way to a friend. */
export const getcardlist = endpoint({
  path: '/card/user/getcardlist',
  body: object({ openid, card_id: optional(card_id) }),
  async handle({ openid: holder, card_id: of }, { appid, now, store }) {
    const codes = await store.codesOfHolder(appid, holder, of)
    const listed = codes.filter(({ held, card }) => {
      const status = statusOf(held, card.face, now)
      return isUsable(status) || status === 'GIFTING'
    })
    return {
      card_list: listed.map(({ held }) => ({ code: held.code, card_id: held.card_id })),
      has_share_card: false,
    }
  },
})
