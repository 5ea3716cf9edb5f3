import { endpointReading } from '../../server/endpoint.ts'
import type { CardType } from '../../shape/card/types.ts'
import { card_id, object, optional } from '../../shape/field.ts'
import { reader } from '../../shape/read.ts'
import { both, isActive, readDays, readPeriod, refDate } from './report.ts'

/** The free coupons, by the specification's numbers. Special tickets and member cards are not in this report. */
const NUMBERS: Partial<Record<CardType, number>> = {
  DISCOUNT: 0,
  CASH: 1,
  GIFT: 2,
  GENERAL_COUPON: 3,
  GROUPON: 4,
}

const readCardId = reader(object({ card_id: optional(card_id) }))

/** 获取免费券数据: each coupon, day by day. */
export const getcardcardinfo = endpointReading({
  path: '/datacube/getcardcardinfo',
  bare: true,
  read: (body) => ({ ...readPeriod(body), ...readCardId(body) }),
  async handle({ card_id: of, ...period }, caller) {
    const days = await readDays(period, of === undefined ? { source: period.source } : { card_id: of }, caller)
    return {
      list: days.flatMap((day) => {
        const { card } = day
        const card_type = card && NUMBERS[card.face.card_type]
        if (card_type === undefined || card?.source !== period.source || !isActive(day)) return []
        return {
          ...refDate(day),
          card_id: card.card_id,
          card_type,
          is_pay: 0,
          ...both('view', day),
          ...both('receive', day),
          ...both('verify', day),
          ...both('given', day),
          ...both('expire', day),
          verify_noself_cnt: 0,
          verify_noself_user: 0,
          isfriendscard: 0,
        }
      }),
    }
  },
})
