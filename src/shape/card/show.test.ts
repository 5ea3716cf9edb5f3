import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cardBody } from '../../../test/support/cards.ts'
import { bodyOf, cardFields } from '../../../test/support/random-cards.ts'
import { COLORS } from './base_info.ts'
import { readCard, type Face } from './card.ts'
import { showCard } from './show.ts'

const PRESENT = {
  appid: 'wx588def6b0089dd48',
  card_id: 'p1Pj9jr90_SQRaVqYI239Ka1erkI',
  status: 'CARD_STATUS_VERIFY_OK',
  quantity: 499_999,
  total_quantity: 500_000,
  create_time: 1_467_025_553,
  update_time: 1_467_025_563,
}

type Json = Record<string, unknown>

interface Section extends Json {
  base_info: Json
  advanced_info: Json
}

const sectionOf = (shown: Json): Section => shown[String(shown['card_type']).toLowerCase()] as Section

const show = (face: Face): Section => sectionOf(showCard(face, PRESENT))

test('a card is shown with every field that was given, and with none that was not', () => {
  fc.assert(
    fc.property(cardFields, ({ card_type, fields }) => {
      const { face } = readCard(bodyOf(card_type, fields))
      const { base_info, advanced_info, ...own } = show(face)
      assert.deepEqual(own, face.fields)
      assert.deepEqual(base_info, {
        location_id_list: [],
        ...face.base_info,
        color: COLORS[face.base_info.color],
        id: PRESENT.card_id,
        appid: PRESENT.appid,
        area_code_list: [],
        status: PRESENT.status,
        sku: { quantity: PRESENT.quantity, total_quantity: PRESENT.total_quantity },
        create_time: PRESENT.create_time,
        update_time: PRESENT.update_time,
      })
      assert.deepEqual(advanced_info, {
        time_limit: [],
        text_image_list: [],
        business_service: [],
        consume_share_card_list: [],
        share_friends: false,
        ...face.advanced_info,
      })
    }),
    { numRuns: 400 },
  )
})

test('what card/get shows can be sent to card/create again, and makes the same card', () => {
  fc.assert(
    fc.property(cardFields, ({ card_type, fields }) => {
      const { face } = readCard(bodyOf(card_type, fields))
      const shown = JSON.parse(JSON.stringify(showCard(face, PRESENT))) as Json
      const again = readCard({ card: shown })
      assert.equal(again.quantity, PRESENT.quantity)
      assert.deepEqual(again.face, {
        ...face,
        base_info: { location_id_list: [], ...face.base_info },
        advanced_info: show(face).advanced_info,
      })
      assert.deepEqual(showCard(again.face, PRESENT), showCard(face, PRESENT))
    }),
    { numRuns: 400 },
  )
})

test('the fields of a card stand in the order of the tables, however they were sent', () => {
  const { card } = cardBody('CASH') as { card: { cash: Section } }
  const { base_info, ...own } = card.cash
  const backwards = (json: Json): Json => Object.fromEntries(Object.entries(json).toReversed())
  const turned = { ...backwards(own), base_info: backwards(base_info) }
  const straight = JSON.stringify(showCard(readCard({ card }).face, PRESENT))
  assert.equal(JSON.stringify(showCard(readCard(bodyOf('CASH', turned)).face, PRESENT)), straight)
})

test('times, stock and shop numbers are shown as numbers, also where they were sent as texts', () => {
  const date_info = { type: 'DATE_TYPE_FIX_TIME_RANGE', begin_timestamp: '1397577600', end_timestamp: '1399910400' }
  const { face } = readCard(cardBody('GROUPON', { date_info, location_id_list: ['123', '12321'] }))
  const { base_info } = show(face)
  assert.deepEqual(base_info['date_info'], {
    ...date_info,
    begin_timestamp: 1_397_577_600,
    end_timestamp: 1_399_910_400,
  })
  assert.deepEqual(base_info['location_id_list'], [123, 12_321])
})

test('old numbers of a validity are shown by their names', () => {
  const date_info = { type: 2, fixed_term: 90, fixed_begin_term: 0 }
  const { face } = readCard(cardBody('GROUPON', { date_info }))
  assert.deepEqual(show(face).base_info['date_info'], { ...date_info, type: 'DATE_TYPE_FIX_TERM' })
})

test('a colour is shown as its value, in whatever form it was sent', () => {
  for (const [name, value] of Object.entries(COLORS)) {
    for (const color of [name, value]) {
      assert.equal(show(readCard(cardBody('GROUPON', { color })).face).base_info['color'], value)
    }
  }
})
