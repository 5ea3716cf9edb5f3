/** Bodies of card/create as merchants send them. */

const DAY_S = 86_400

/** Fields that every card needs; `change` replaces or adds some. */
export function baseInfo(change: object = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000)
  return {
    logo_url: 'https://example.com/logo.png',
    brand_name: '海风小馆',
    code_type: 'CODE_TYPE_TEXT',
    title: '双人套餐',
    color: 'Color010',
    notice: '使用时向服务员出示此券',
    description: '不可与其他优惠同享',
    date_info: {
      type: 'DATE_TYPE_FIX_TIME_RANGE',
      begin_timestamp: now - DAY_S,
      end_timestamp: now + 30 * DAY_S,
    },
    sku: { quantity: 100 },
    ...change,
  }
}

/** The fields that each type needs beside base_info. */
export const TYPE_FIELDS: Record<string, object> = {
  GROUPON: { deal_detail: '双人锅底一份' },
  CASH: { least_cost: 10_000, reduce_cost: 2000 },
  DISCOUNT: { discount: 30 },
  GIFT: { gift: '甜品一份' },
  GENERAL_COUPON: { default_detail: '赠小食一份' },
  MEMBER_CARD: { prerogative: '会员九折', supply_bonus: true, supply_balance: false },
  SCENIC_TICKET: {},
  MOVIE_TICKET: {},
  BOARDING_PASS: {
    from: '广州',
    to: '上海',
    flight: 'CZ3501',
    air_model: 'A320',
    departure_time: 1_900_000_000,
    landing_time: 1_900_009_000,
  },
  MEETING_TICKET: { meeting_detail: '三号厅' },
  BUS_TICKET: {},
}

/** A whole body of card/create. */
export function cardBody(card_type = 'GROUPON', base_info: object = {}, fields: object = {}): object {
  const key = card_type.toLowerCase()
  return { card: { card_type, [key]: { base_info: baseInfo(base_info), ...TYPE_FIELDS[card_type], ...fields } } }
}
