import { pickCode } from '../../../domain/code/find.ts'
import { hindranceOf, isUsable, shownEnd, statusAt, useLimitOf, validityOf } from '../../../domain/code/status.ts'
import { hasRedeemed, redeemedIn } from '../../../domain/holder/holding.ts'
import { refuse } from '../../../errors.ts'
import { endpoint } from '../../../server/endpoint.ts'
import { bool, card_id, code, object, optional } from '../../../shape/field.ts'
import type { HeldCode, Questions } from '../../../store/store.ts'

/** 查询Code */
export const get = endpoint({
  path: '/card/code/get',
  body: object({ code, card_id: optional(card_id), check_consume: optional(bool()) }),
  async handle({ code: number, card_id: of, check_consume = true }, { appid, now, store }) {
    const codes = await store.codes(appid, number)
    const found = pickCode(codes, of)
    const { held, card } = found
    const validity = validityOf(held, card.face)
    const status = statusAt(held, validity, now)
    if (check_consume && !isUsable(status)) throw refuse('invalidUserCardStatus', status)
    return {
      card: {
        card_id: held.card_id,
        begin_time: validity.begin_time,
        end_time: shownEnd(validity.end_time),
        code: held.code,
      },
      openid: held.openid,
      can_consume: !hindranceOf(status, validity, now) && !(await isUseLimitReached(appid, found, store)),
      user_card_status: status,
      ...(held.outer_str !== null && { outer_str: held.outer_str }),
    }
  },
})

async function isUseLimitReached(appid: string, { held, card, counted }: HeldCode, store: Questions): Promise<boolean> {
  const limit = useLimitOf(card.face)
  const told = hasRedeemed(counted, limit)
  if (told !== undefined) return told
  const all = await store.codesOfHolder(appid, held.openid, held.card_id)
  return redeemedIn(all.map((one) => one.held)) >= limit
}
