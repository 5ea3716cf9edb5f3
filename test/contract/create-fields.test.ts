import { after, test } from 'node:test'
import assert from 'node:assert/strict'
import { createCard, getCard, type ShownCard } from '../support/acts.ts'
import { cardBody } from '../support/cards.ts'
import { connect } from '../support/client.ts'
import { bodyOf, fullCardOf, type FullCard } from '../support/full-cards.ts'
import { getAt, withAt } from '../support/paths.ts'
import { assertRefused, placeOf } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'

/** Every field of a card: its length, whether it must be there, its words. */

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server))

const create = (card: FullCard) => client.post('/card/create', bodyOf(card))

async function createAndGet(card: FullCard): Promise<ShownCard> {
  const { card_id } = await client.ok('/card/create', bodyOf(card))
  return getCard(client, String(card_id))
}

/** Where a field of a full card is: those of the type stand beside base_info on the wire. */
const inCard = (path: string): string => (/^(base|advanced)_info\b/.test(path) ? path : `fields.${path}`)

/** The fields that hold text, and how many bytes of UTF-8 each may have. */
const TEXTS: Record<string, Record<string, number>> = {
  GROUPON: {
    'base_info.logo_url': 128,
    'base_info.brand_name': 36,
    'base_info.title': 27,
    'base_info.sub_title': 54,
    'base_info.notice': 48,
    'base_info.description': 3072,
    'base_info.service_phone': 24,
    'base_info.source': 36,
    'base_info.custom_url_name': 15,
    'base_info.custom_url': 128,
    'base_info.custom_url_sub_title': 18,
    'base_info.custom_app_brand_user_name': 128,
    'base_info.custom_app_brand_pass': 128,
    'base_info.promotion_url_name': 15,
    'base_info.promotion_url': 128,
    'base_info.promotion_url_sub_title': 18,
    'base_info.promotion_app_brand_user_name': 128,
    'base_info.promotion_app_brand_pass': 128,
    'base_info.center_title': 18,
    'base_info.center_sub_title': 24,
    'base_info.center_url': 128,
    'base_info.center_app_brand_user_name': 128,
    'base_info.center_app_brand_pass': 128,
    'advanced_info.use_condition.accept_category': 512,
    'advanced_info.abstract.abstract': 24,
    'advanced_info.text_image_list.1.image_url': 128,
    'advanced_info.text_image_list.1.text': 512,
    deal_detail: 3072,
  },
  CASH: { 'advanced_info.use_condition.reject_category': 512 },
  GIFT: { gift: 3072, 'advanced_info.use_condition.object_use_for': 512 },
  GENERAL_COUPON: { default_detail: 3072 },
  MEETING_TICKET: { meeting_detail: 3072, map_url: 128 },
  SCENIC_TICKET: { ticket_class: 3072, guide_url: 128 },
  MOVIE_TICKET: { detail: 3072 },
  BOARDING_PASS: { from: 54, to: 54, flight: 24, air_model: 24, gate: 12, check_in_url: 128 },
  MEMBER_CARD: {
    background_pic_url: 128,
    prerogative: 3072,
    bonus_url: 128,
    balance_url: 128,
    bonus_app_brand_user_name: 128,
    bonus_app_brand_pass: 128,
    balance_app_brand_user_name: 128,
    balance_app_brand_pass: 128,
    bonus_cleared: 3072,
    bonus_rules: 3072,
    balance_rules: 3072,
    activate_url: 128,
    activate_app_brand_user_name: 128,
    activate_app_brand_pass: 128,
    'custom_field1.url': 128,
    'custom_field2.url': 128,
    'custom_field3.name': 24,
    'custom_field3.url': 128,
    'custom_cell1.name': 15,
    'custom_cell1.tips': 18,
    'custom_cell1.url': 128,
    'custom_cell2.name': 15,
    'custom_cell2.tips': 18,
    'custom_cell2.url': 128,
    'custom_cell3.name': 15,
    'custom_cell3.tips': 18,
    'custom_cell3.url': 128,
  },
}

/** A text of this many bytes, three for each Chinese character. */
const textOf = (bytes: number): string => '海'.repeat(Math.floor(bytes / 3)) + 'x'.repeat(bytes % 3)

const linkOf = (bytes: number): string => 'https://example.com/'.padEnd(bytes, 'x')

for (const [card_type, texts] of Object.entries(TEXTS)) {
  for (const [path, bytes] of Object.entries(texts)) {
    test(`${card_type} ${path} takes ${bytes} bytes and not one more`, async () => {
      const fill = path.endsWith('url') ? linkOf : textOf
      const card = fullCardOf(card_type)

      const shown = await createAndGet(withAt(card, inCard(path), fill(bytes)))
      assert.equal(getAt(shown, inCard(path)), fill(bytes))

      assertRefused(await create(withAt(card, inCard(path), fill(bytes + 1))), 45021, placeOf(path))
    })
  }
}

test('lengths are bytes: nine Chinese characters make a title, a tenth is too many, 27 letters make one too', async () => {
  await createCard(client, 'GROUPON', { title: '一二三四五六七八九' })
  await createCard(client, 'GROUPON', { title: 'a'.repeat(27) })
  assertRefused(await client.post('/card/create', cardBody('GROUPON', { title: '一二三四五六七八九十' })), 45021)
  assertRefused(await client.post('/card/create', cardBody('GROUPON', { title: '🍲'.repeat(7) })), 45021)
})

/** The fields that a card must have, or that must be there where their structure is. */
const REQUIRED: Record<string, readonly string[]> = {
  GROUPON: [
    'base_info',
    'base_info.logo_url',
    'base_info.brand_name',
    'base_info.code_type',
    'base_info.title',
    'base_info.color',
    'base_info.notice',
    'base_info.description',
    'base_info.sku',
    'base_info.sku.quantity',
    'base_info.date_info',
    'base_info.date_info.type',
    'base_info.date_info.begin_timestamp',
    'base_info.date_info.end_timestamp',
    'advanced_info.abstract.abstract',
    'advanced_info.abstract.icon_url_list',
    'advanced_info.text_image_list.0.image_url',
    'advanced_info.text_image_list.0.text',
    'advanced_info.time_limit.0.type',
    'deal_detail',
  ],
  CASH: ['least_cost', 'reduce_cost'],
  DISCOUNT: ['discount'],
  GIFT: ['gift'],
  GENERAL_COUPON: ['default_detail'],
  MEETING_TICKET: ['meeting_detail'],
  BOARDING_PASS: ['from', 'to', 'flight', 'air_model', 'departure_time', 'landing_time'],
  MEMBER_CARD: [
    'prerogative',
    'supply_bonus',
    'supply_balance',
    'custom_cell1.name',
    'custom_cell1.tips',
    'custom_cell1.url',
    'custom_cell2.name',
    'custom_cell3.url',
  ],
}

for (const [card_type, paths] of Object.entries(REQUIRED)) {
  for (const path of paths) {
    test(`${card_type} ${path} is required, and null or nothing in it is as if it were absent`, async () => {
      const card = fullCardOf(card_type)
      const place = placeOf(path === 'base_info.sku' ? 'base_info.sku.quantity' : path)
      const named = path.endsWith('_info') || path.endsWith('sku') ? undefined : place
      for (const nothing of [undefined, null, '']) {
        assertRefused(await create(withAt(card, inCard(path), nothing)), 41011, named)
      }
    })
  }
}

test('a term needs its days; the days until it begins may be left out where they are 0', async () => {
  const date_info = { type: 'DATE_TYPE_FIX_TERM' }
  const answer = await client.post('/card/create', cardBody('GROUPON', { date_info }))
  assertRefused(answer, 41011, placeOf('base_info.date_info.fixed_term'))
  const { errcode } = await client.post(
    '/card/create',
    cardBody('GROUPON', { date_info: { ...date_info, fixed_term: 15 } }),
  )
  assert.equal(errcode, 0)
})

test('a field that is missing is told before one that is too long', async () => {
  const answer = await client.post('/card/create', cardBody('GROUPON', { title: textOf(28), description: undefined }))
  assertRefused(answer, 41011, placeOf('base_info.description'))
})

/** The fields that take one of several words; each is tried with all of them and with an unknown one. */
const ENUMS: readonly [card_type: string, path: string, words: readonly string[], errcode?: number][] = [
  [
    'GROUPON',
    'base_info.code_type',
    [
      'CODE_TYPE_TEXT',
      'CODE_TYPE_BARCODE',
      'CODE_TYPE_QRCODE',
      'CODE_TYPE_ONLY_QRCODE',
      'CODE_TYPE_ONLY_BARCODE',
      'CODE_TYPE_NONE',
    ],
    40072,
  ],
  [
    'GROUPON',
    'advanced_info.time_limit.0.type',
    ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY', 'HOLIDAY'],
  ],
  [
    'GROUPON',
    'advanced_info.business_service.0',
    ['BIZ_SERVICE_DELIVER', 'BIZ_SERVICE_FREE_PARK', 'BIZ_SERVICE_WITH_PET', 'BIZ_SERVICE_FREE_WIFI'],
  ],
  [
    'MEMBER_CARD',
    'custom_field1.name_type',
    [
      'FIELD_NAME_TYPE_LEVEL',
      'FIELD_NAME_TYPE_COUPON',
      'FIELD_NAME_TYPE_STAMP',
      'FIELD_NAME_TYPE_DISCOUNT',
      'FIELD_NAME_TYPE_ACHIEVEMEN',
      'FIELD_NAME_TYPE_MILEAGE',
      'FIELD_NAME_TYPE_SET_POINTS',
      'FIELD_NAME_TYPE_TIMS',
    ],
  ],
]

for (const [card_type, path, words, errcode = 40097] of ENUMS) {
  test(`${card_type} ${path} takes each of its ${words.length} words and no other`, async () => {
    const card = fullCardOf(card_type)
    for (const word of words) {
      const shown = await createAndGet(withAt(card, inCard(path), word))
      assert.equal(getAt(shown, inCard(path)), word)
    }
    for (const word of [`${words[0]}X`, 'constructor', words[0]!.toLowerCase()]) {
      assertRefused(await create(withAt(card, inCard(path), word)), errcode, placeOf(path))
    }
  })
}

test('a field of another type is 47001 and is named', async () => {
  for (const [path, value] of [
    ['base_info.title', {}],
    ['base_info.title', ['双人套餐']],
    ['base_info.sku.quantity', 'many'],
    ['base_info.sku.quantity', 1.5],
    ['base_info.date_info.end_timestamp', 'end_timestamp'],
    ['base_info.can_share', 'yes'],
    ['base_info.location_id_list', {}],
    ['base_info.date_info', 'DATE_TYPE_FIX_TERM'],
    ['advanced_info.text_image_list', 'text'],
    ['deal_detail', true],
  ] as const) {
    const answer = await create(withAt(fullCardOf('GROUPON'), inCard(path), value))
    assertRefused(answer, 47001, placeOf(path))
  }
})
