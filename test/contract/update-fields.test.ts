import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard } from '../support/acts.ts'
import { change, faceOf, nested } from '../support/change.ts'
import { connect } from '../support/client.ts'
import { withAt } from '../support/paths.ts'
import { assertRefused, placeOf } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'

/** Every field that card/update can change, and those that it cannot: the tables of the specification, row by row. */

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server))

const FAR = 2_000_000_000

/** Cards whose colour and code_type are others than the tables' samples. */
const newCard = (card_type: string): Promise<string> =>
  createCard(client, card_type, { color: 'Color100', code_type: 'CODE_TYPE_QRCODE', service_phone: '020-11111111' })

interface Row {
  /** On which card, and where. */
  card_type: string
  path: string
  /** 是否提审 */
  review: boolean
  /** The limit in bytes; a length that the specification gives to what is no text stands in no row. */
  bytes?: number
  sample: unknown
  /** What card/get shows, where it is something else; null: nothing. */
  shown?: unknown
}

const YES = true
const NO = false

type Cells = readonly [name: string, review: boolean, bytes: number | undefined, sample: unknown, shown?: unknown]

const rowsOf = (card_type: string, prefix: string, rows: readonly Cells[]): Row[] =>
  rows.map(([name, review, bytes, sample, shown = sample]) => ({
    card_type,
    path: prefix + name,
    review,
    ...(bytes !== undefined && { bytes }),
    sample,
    shown,
  }))

/** 通用字段修改. Two samples of the specification would narrow a card of today; seconds far away stand for them. */
const COMMON: readonly Cells[] = [
  ['logo_url', YES, 128, 'http://mmbiz.qpic.cn/'],
  ['notice', YES, 48, '请出示二维码核销卡券。'],
  ['description', YES, 3072, '不可与其他优惠同享\n如需团购券发票，请在消费时向商户提出\n店内均可使用，仅限堂食。'],
  ['service_phone', NO, 24, '40012234'],
  ['color', YES, undefined, 'Color010', '#63b359'],
  ['location_id_list', NO, undefined, '1234,2314', [1234, 2314]],
  ['location_id_list', NO, undefined, [123, 12_321, 345_345]],
  ['center_title', NO, 18, '快速使用'],
  ['center_sub_title', NO, 24, '点击快速核销卡券'],
  ['center_url', NO, 128, 'www.xxx.com'],
  ['custom_url_name', NO, 16, '立即使用'],
  ['custom_url', NO, 128, 'xxxx.com'],
  ['custom_url_sub_title', NO, 18, '更多惊喜'],
  ['promotion_url_name', NO, 16, '产品介绍。'],
  ['promotion_url', NO, 128, 'XXXX.com；'],
  ['promotion_url_sub_title', NO, 18, '卖场大优惠。'],
  ['code_type', NO, undefined, 'CODE_TYPE_TEXT'],
  ['code_type', NO, undefined, 'CODE_TYPE_BARCODE'],
  ['code_type', NO, undefined, 'CODE_TYPE_ONLY_QRCODE'],
  ['code_type', NO, undefined, 'CODE_TYPE_ONLY_BARCODE'],
  ['get_limit', NO, undefined, 1],
  ['can_share', NO, undefined, false],
  ['can_give_friend', NO, undefined, false],
  ['date_info.begin_timestamp', NO, undefined, 14_300_000],
  ['date_info.end_timestamp', NO, undefined, FAR],
]

/** 卡券专属字段修改 */
const OWN: Record<string, readonly Cells[]> = {
  MEMBER_CARD: [
    ['bonus_cleared', YES, 3072, '每年12月30号积分清0。'],
    ['bonus_rules', YES, 3072, '每消费1元增加1积分。'],
    ['balance_rules', YES, 3072, '支持在线充入余额。'],
    ['prerogative', YES, 3072, 'XX会员可享有全场商品8折优惠。'],
    ['custom_field1', NO, undefined, { name_type: 'FIELD_NAME_TYPE_LEVEL', url: 'xxx.com' }],
    ['custom_field2', NO, undefined, { name_type: 'FIELD_NAME_TYPE_COUPON', url: 'xxx.com' }],
    ['custom_field3', NO, undefined, { name_type: 'FIELD_NAME_TYPE_STAMP', url: 'xxx.com' }],
    ['custom_field1', NO, undefined, { name_type: 'FIELD_NAME_TYPE_DISCOUNT' }],
    ['custom_field2', NO, undefined, { name_type: 'FIELD_NAME_TYPE_ACHIEVEMEN' }],
    ['custom_field3', NO, undefined, { name_type: 'FIELD_NAME_TYPE_MILEAGE' }],
    ['custom_field1.url', NO, 128, 'xxx.com'],
    ['custom_cell1', NO, undefined, { name: '使用入口2', tips: '激活后显示', url: 'xxx.com' }],
  ],
  MOVIE_TICKET: [['detail', YES, 3072, '电影名：复仇者联盟2。/n放映时间：2015年5月12日23:00。/n票类型：3D。']],
  BOARDING_PASS: [
    ['departure_time', NO, undefined, 1_431_271_351],
    ['landing_time', NO, undefined, 1_441_271_351],
    ['gate', NO, 12, '3号'],
    ['boarding_time', NO, undefined, 1_431_271_351],
  ],
  SCENIC_TICKET: [['guide_url', NO, 128, '。']],
  MEETING_TICKET: [['map_url', NO, 128, 'xxx.com。']],
}

const MINI_PROGRAM = { app_brand_user_name: 'gh_86a091e50ad4@app', app_brand_pass: 'API/cardPage' }

/** What later editions can change too, all without review. */
const LATER: Record<string, readonly Cells[]> = {
  GROUPON: ['custom', 'promotion', 'center'].flatMap((prefix): Cells[] => [
    [`base_info.${prefix}_app_brand_user_name`, NO, 128, 'gh_86a091e50ad4@app'],
    [`base_info.${prefix}_app_brand_pass`, NO, 128, 'API/cardPage'],
  ]),
  CASH: [['base_info.use_all_locations', NO, undefined, true]],
  MEMBER_CARD: [
    ['background_pic_url', NO, 128, 'https://example.com/background.jpg'],
    ['activate_url', NO, 128, 'https://example.com/activate'],
    ['activate_app_brand_user_name', NO, 128, 'gh_86a091e50ad4@app'],
    ['activate_app_brand_pass', NO, 128, 'pages/activate'],
    ['auto_activate', NO, undefined, true],
    ['wx_activate', NO, undefined, true],
    ['bonus_url', NO, 128, 'https://example.com/bonus'],
    ['balance_url', NO, 128, 'https://example.com/balance'],
    ['bonus_rule', NO, undefined, { cost_money_unit: 100, increase_bonus: 1 }],
    ['discount', NO, undefined, 10],
    ['base_info.pay_info', NO, undefined, { swipe_card: { is_swipe_card: true } }],
    // As an old client library has it.
    ['base_info.pay_info', NO, undefined, { swipe_card: { is_swipe_card: true, is_pay_and_qrcode: false } }],
    ['custom_field1', NO, undefined, { name: '集章', ...MINI_PROGRAM }],
    ['custom_cell1', NO, undefined, { name: '使用入口2', tips: '激活后显示', url: 'xxx.com', ...MINI_PROGRAM }],
  ],
}

const perType = (tables: Record<string, readonly Cells[]>): Row[] =>
  Object.entries(tables).flatMap(([card_type, rows]) => rowsOf(card_type, '', rows))

const ROWS: readonly Row[] = [...rowsOf('GROUPON', 'base_info.', COMMON), ...perType(OWN), ...perType(LATER)]

/** Where a field is on a card as tests hold it: those of the type stand beside base_info on the wire. */
const inCard = (path: string): string => (path.startsWith('base_info') ? path : `fields.${path}`)

for (const { card_type, path, review, sample, shown } of ROWS) {
  const sent = JSON.stringify(sample).slice(0, 60)
  test(`${card_type} ${path} becomes ${sent}, ${review ? 'with' : 'without'} review, and nothing else changes`, async () => {
    const card_id = await newCard(card_type)
    const before = await faceOf(client, card_id)
    const answer = await change(client, card_id, card_type, nested(path, sample))
    assert.deepEqual(answer, { errcode: 0, errmsg: 'ok', send_check: review })

    const [parent, name] = path.startsWith('custom_field1.')
      ? ['custom_field1', path.split('.')[1]!]
      : [path, undefined]
    const expected = withAt(before, inCard(parent), name === undefined ? shown : { [name]: shown })
    assert.notDeepEqual(expected, before)
    assert.deepEqual(await faceOf(client, card_id), expected)
  })
}

test('each common field can be changed on a card of each of the eleven types', async () => {
  const types = ['CASH', 'DISCOUNT', 'GIFT', 'GENERAL_COUPON', 'MEMBER_CARD', 'SCENIC_TICKET', 'MOVIE_TICKET']
  for (const card_type of [...types, 'BOARDING_PASS', 'MEETING_TICKET', 'BUS_TICKET', 'GROUPON']) {
    const card_id = await newCard(card_type)
    const base_info: Record<string, unknown> = {}
    let expected = await faceOf(client, card_id)
    for (const [name, , , sample, shown = sample] of COMMON) {
      if (name.startsWith('date_info')) continue
      base_info[name] = sample
      expected = withAt(expected, `base_info.${name}`, shown)
    }
    const answer = await change(client, card_id, card_type, { base_info })
    assert.deepEqual(answer, { errcode: 0, errmsg: 'ok', send_check: true })
    assert.deepEqual(await faceOf(client, card_id), expected)
  }
})

const fill = (bytes: number): string => '海'.repeat(Math.floor(bytes / 3)) + 'x'.repeat(bytes % 3)

for (const { card_type, path, bytes } of ROWS) {
  if (bytes === undefined) continue
  test(`${card_type} ${path} takes ${bytes} bytes; with one more nothing of the request is applied: 45021`, async () => {
    const card_id = await newCard(card_type)
    assert.equal((await change(client, card_id, card_type, nested(path, fill(bytes)))).errcode, 0)

    const before = await faceOf(client, card_id)
    const { base_info, ...fields } = nested(path, fill(bytes + 1))
    const answer = await change(client, card_id, card_type, {
      ...fields,
      base_info: { can_share: false, color: 'Color010', ...(base_info as object | undefined) },
    })
    assertRefused(answer, 45021, placeOf(path))
    assert.deepEqual(await faceOf(client, card_id), before)
  })
}

/** What cannot be changed, or is no field at all. */
const FIXED: readonly (readonly [card_type: string, path: string, value: unknown])[] = [
  ['GROUPON', 'base_info.brand_name', '新名字'],
  ['GROUPON', 'base_info.brandname', '新名字'],
  ['GROUPON', 'base_info.title', '新标题'],
  ['GROUPON', 'base_info.sub_title', '新标题'],
  ['GROUPON', 'base_info.source', '大众点评'],
  ['GROUPON', 'base_info.sku', { quantity: 5 }],
  ['GROUPON', 'base_info.sku', {}],
  ['GROUPON', 'base_info.use_custom_code', true],
  ['GROUPON', 'base_info.get_custom_code_mode', 'GET_CUSTOM_CODE_MODE_DEPOSIT'],
  ['GROUPON', 'base_info.bind_openid', true],
  ['GROUPON', 'base_info.use_limit', 1],
  ['GROUPON', 'base_info.id', 'pFS7Fjg8kV1IdDz01r4SQwMkuCKc'],
  ['GROUPON', 'base_info.status', 'CARD_STATUS_VERIFY_OK'],
  ['GROUPON', 'base_info.need_push_on_view', true],
  ['GROUPON', 'base_info.create_time', 1_431_271_351],
  ['GROUPON', 'base_info.deal_detail', '三人锅底'],
  ['GROUPON', 'base_info.constructor', 'x'],
  ['GROUPON', 'base_info.date_info.days', 5],
  ['GROUPON', 'base_info.pay_info.swipe', true],
  ['GROUPON', 'base_info.pay_info.swipe_card.is_swipe', true],
  ['GROUPON', 'base_info.title', ''],
  ['GROUPON', 'deal_detail', '三人锅底'],
  ['GROUPON', 'service_phone', '020-22222222'],
  ['GROUPON', 'prerogative', '会员九折'],
  ['GROUPON', 'advanced_info', { share_friends: true }],
  ['CASH', 'least_cost', 1],
  ['CASH', 'reduce_cost', 1],
  ['DISCOUNT', 'discount', 50],
  ['GIFT', 'gift', '咖啡一杯'],
  ['GENERAL_COUPON', 'default_detail', '咖啡一杯'],
  ['MEMBER_CARD', 'supply_balance', true],
  ['MEMBER_CARD', 'level', 1],
  ['MEMBER_CARD', 'custom_field1.value', '金卡'],
  ['MEMBER_CARD', 'bonus_rule.max_bonus', 5],
  ['SCENIC_TICKET', 'ticket_class', '成人票'],
  ['MOVIE_TICKET', 'guide_url', 'xxx.com'],
  ['BOARDING_PASS', 'from', '深圳'],
  ['BOARDING_PASS', 'to', '北京'],
  ['BOARDING_PASS', 'flight', 'CZ3502'],
  ['BOARDING_PASS', 'air_model', 'A380'],
  ['BOARDING_PASS', 'check_in_url', 'xxx.com'],
  ['MEETING_TICKET', 'meeting_detail', '四号厅'],
  ['BUS_TICKET', 'detail', '二等座'],
]

for (const [card_type, path, value] of FIXED) {
  test(`${card_type} ${path} ${JSON.stringify(value)} cannot be changed: 40097 names it, and nothing is applied`, async () => {
    const card_id = await newCard(card_type)
    const before = await faceOf(client, card_id)
    const { base_info, ...fields } = nested(path, value)
    const answer = await change(client, card_id, card_type, {
      base_info: { service_phone: '020-22222222', notice: '新提醒', ...(base_info as object | undefined) },
      ...fields,
    })
    assertRefused(answer, 40097, `m_data.${path.replaceAll('.', '().')} cannot be changed`)
    assert.deepEqual(await faceOf(client, card_id), before)
  })
}

test('a value that a field cannot have has the errcode it has when a card is created, and nothing is applied', async () => {
  const card_id = await newCard('GROUPON')
  const before = await faceOf(client, card_id)
  for (const [name, value, errcode] of [
    ['color', 'Color011', 40076],
    ['code_type', 'CODE_TYPE_MORSE', 40072],
    ['location_id_list', '123,abc', 47001],
    ['location_id_list', [-5], 40072],
    ['get_limit', -1, 40097],
    ['can_share', 'maybe', 47001],
    ['notice', 5, 47001],
    ['date_info', 'for ever', 47001],
    ['service_phone', '020\u0000', 40033],
  ] as const) {
    const base_info = { can_give_friend: false, notice: '新提醒', [name]: value }
    assertRefused(await change(client, card_id, 'GROUPON', { base_info }), errcode, placeOf(`base_info.${name}`))
  }
  assert.deepEqual(await faceOf(client, card_id), before)
})
