import { baseInfo, TYPE_FIELDS } from './cards.ts'

/** Cards on which every field is filled in: those that fit together, and a second card for those that do not. */

const BASE_INFO = baseInfo({
  code_type: 'CODE_TYPE_QRCODE',
  sub_title: '周末通用',
  color: 'Color020',
  location_id_list: [123, 12_321, 345_345],
  use_all_locations: false,
  get_limit: 3,
  use_limit: 1,
  can_share: true,
  can_give_friend: false,
  use_custom_code: false,
  bind_openid: false,
  service_phone: '020-88888888',
  source: '大众点评',
  custom_url_name: '立即使用',
  custom_url: 'https://example.com/custom?a=1&b=2',
  custom_url_sub_title: '更多惊喜',
  custom_app_brand_user_name: 'gh_86a091e50ad4@app',
  custom_app_brand_pass: 'pages/custom',
  promotion_url_name: '产品介绍',
  promotion_url: 'https://example.com/promotion',
  promotion_url_sub_title: '卖场大优惠',
  promotion_app_brand_user_name: 'gh_86a091e50ad4@app',
  promotion_app_brand_pass: 'pages/promotion',
  center_title: '快速使用',
  center_sub_title: '点击核销',
  center_url: 'https://example.com/center',
  center_app_brand_user_name: 'gh_86a091e50ad4@app',
  center_app_brand_pass: 'pages/center',
})

const ADVANCED_INFO = {
  use_condition: { accept_category: '鞋类', can_use_with_other_discount: true },
  abstract: { abstract: '微信餐厅', icon_url_list: ['https://example.com/cover.jpg'] },
  text_image_list: [
    { image_url: 'https://example.com/1.jpg', text: '此菜品精选食材' },
    { image_url: 'https://example.com/2.jpg', text: '以独特的烹饪方法' },
  ],
  time_limit: [
    { type: 'MONDAY', begin_hour: 0, begin_minute: 0, end_hour: 10, end_minute: 59 },
    { type: 'HOLIDAY', begin_hour: 11, begin_minute: 30, end_hour: 23, end_minute: 59 },
  ],
  business_service: ['BIZ_SERVICE_FREE_WIFI', 'BIZ_SERVICE_WITH_PET'],
  consume_share_card_list: [],
  share_friends: false,
}

const MEMBER_CARD = {
  background_pic_url: 'https://example.com/background.jpg',
  prerogative: '会员九折\n生日赠甜品',
  supply_bonus: true,
  supply_balance: true,
  bonus_url: 'https://example.com/bonus',
  balance_url: 'https://example.com/balance',
  bonus_app_brand_user_name: 'gh_86a091e50ad4@app',
  bonus_app_brand_pass: 'pages/bonus',
  balance_app_brand_user_name: 'gh_86a091e50ad4@app',
  balance_app_brand_pass: 'pages/balance',
  bonus_cleared: '每年12月30号积分清0。',
  bonus_rules: '每消费1元增加1积分。',
  balance_rules: '支持在线充入余额。',
  activate_url: 'https://example.com/activate',
  activate_app_brand_user_name: 'gh_86a091e50ad4@app',
  activate_app_brand_pass: 'pages/activate',
  auto_activate: false,
  need_push_on_view: true,
  custom_field1: { name_type: 'FIELD_NAME_TYPE_LEVEL', url: 'https://example.com/level' },
  custom_field2: { name_type: 'FIELD_NAME_TYPE_COUPON', url: 'https://example.com/coupon' },
  custom_field3: { name: '集章', url: 'https://example.com/stamp' },
  custom_cell1: { name: '使用入口', tips: '激活后显示', url: 'https://example.com/cell1' },
  custom_cell2: { name: '第二入口', tips: '一直显示', url: 'https://example.com/cell2' },
  custom_cell3: { name: '第三入口', tips: '一直显示', url: 'https://example.com/cell3' },
  bonus_rule: {
    cost_money_unit: 100,
    increase_bonus: 1,
    max_increase_bonus: 200,
    init_increase_bonus: 10,
    cost_bonus_unit: 5,
    reduce_money: 100,
    least_money_to_use_bonus: 1000,
    max_reduce_bonus: 50,
  },
  discount: 10,
}

const MEMBER_BASE_INFO = {
  need_push_on_view: true,
  pay_info: { swipe_card: { is_swipe_card: true } },
  is_pay_and_qrcode: true,
  use_dynamic_code: false,
  sub_merchant_info: { merchant_id: 251_000_001 },
}

export interface FullCard {
  card_type: string
  base_info: Record<string, unknown>
  advanced_info: Record<string, unknown>
  fields: Record<string, unknown>
}

interface Change {
  base_info?: object
  use_condition?: object
  fields?: object
}

function fullCard(card_type: string, { base_info, use_condition, fields }: Change = {}): FullCard {
  return {
    card_type,
    base_info: { ...BASE_INFO, ...base_info },
    advanced_info: { ...ADVANCED_INFO, use_condition: { ...ADVANCED_INFO.use_condition, ...use_condition } },
    fields: { ...TYPE_FIELDS[card_type], ...fields },
  }
}

/** One of each of the eleven types. */
export const FULL_CARDS: readonly FullCard[] = [
  fullCard('GROUPON'),
  fullCard('CASH', { use_condition: { reject_category: '阿迪达斯', least_cost: 100 } }),
  fullCard('DISCOUNT'),
  fullCard('GIFT', { use_condition: { least_cost: 100, object_use_for: '正价商品' } }),
  fullCard('GENERAL_COUPON'),
  fullCard('MEMBER_CARD', { base_info: MEMBER_BASE_INFO, fields: MEMBER_CARD }),
  fullCard('SCENIC_TICKET', { fields: { ticket_class: '成人票', guide_url: 'https://example.com/guide' } }),
  fullCard('MOVIE_TICKET', { fields: { detail: '片名：复仇者联盟2\n票类型：3D' } }),
  fullCard('BOARDING_PASS', {
    fields: { gate: '3号', check_in_url: 'https://example.com/check-in', boarding_time: 1_899_998_000 },
  }),
  fullCard('MEETING_TICKET', { fields: { map_url: 'https://example.com/map' } }),
  fullCard('BUS_TICKET'),
]

/** Fields that exclude others of the full cards. */
export const OTHER_CARDS: readonly FullCard[] = [
  {
    ...fullCard('MEMBER_CARD', {
      base_info: {
        location_id_list: [],
        use_all_locations: true,
        date_info: { type: 'DATE_TYPE_FIX_TERM', fixed_term: 15, fixed_begin_term: 0 },
      },
    }),
    fields: {
      prerogative: '会员九折',
      supply_bonus: false,
      supply_balance: false,
      wx_activate: true,
      wx_activate_after_submit: true,
      wx_activate_after_submit_url: 'https://example.com/after',
    },
  },
  {
    ...fullCard('MEMBER_CARD', { base_info: { date_info: { type: 'DATE_TYPE_PERMANENT' } } }),
    fields: {
      prerogative: '会员九折',
      supply_bonus: false,
      supply_balance: false,
      bind_old_card_url: 'https://example.com/bind',
    },
  },
]

export function fullCardOf(card_type: string): FullCard {
  return FULL_CARDS.find((card) => card.card_type === card_type)!
}

/** The body of card/create for a full card. */
export const bodyOf = ({ card_type, base_info, advanced_info, fields }: FullCard): object => ({
  card: { card_type, [card_type.toLowerCase()]: { base_info, advanced_info, ...fields } },
})
