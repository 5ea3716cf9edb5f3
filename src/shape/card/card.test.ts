import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cardBody } from '../../../test/support/cards.ts'
import { refusal } from '../../../test/support/given.ts'
import { bodyOf, cardFields, fieldsOf, sloppy } from '../../../test/support/random-cards.ts'
import { readCard } from './card.ts'
import { CARD_TYPES } from './types.ts'

test('every card that the tables allow is read as it was written', () => {
  fc.assert(
    fc.property(cardFields, ({ card_type, fields }) => {
      const { base_info, advanced_info, ...own } = fields
      const { sku, ...face_info } = base_info as { sku: { quantity: number } }
      const { face, quantity } = readCard(bodyOf(card_type, fields))
      assert.equal(face.card_type, card_type)
      assert.deepEqual(face.base_info, face_info)
      assert.deepEqual(face.advanced_info, advanced_info)
      assert.deepEqual(face.fields, own)
      assert.equal(quantity, sku.quantity)
    }),
    { numRuns: 400 },
  )
})

test('a card in the spellings of old clients is the same card', () => {
  const twice = cardFields.chain(({ card_type, fields }) =>
    fc.record({
      plain: fc.constant(bodyOf(card_type, fields)),
      spelt: sloppy(fieldsOf(card_type), fields).map((sloppily) => bodyOf(card_type, sloppily)),
    }),
  )
  fc.assert(
    fc.property(twice, ({ plain, spelt }) => assert.deepEqual(readCard(spelt), readCard(plain))),
    { numRuns: 400 },
  )
})

test('a face is the same after a journey through JSON, as the store keeps it', () => {
  fc.assert(
    fc.property(cardFields, ({ card_type, fields }) => {
      const { face } = readCard(bodyOf(card_type, fields))
      const json = JSON.stringify(face)
      assert.deepEqual(JSON.parse(json), face)
      assert.equal(JSON.stringify(JSON.parse(json)), json)
    }),
    { numRuns: 400 },
  )
})

test('the stock is not part of the face, and total_quantity is passed over', () => {
  const body = cardBody('CASH', { sku: { quantity: 7, total_quantity: 100_000_000 } })
  const { face, quantity } = readCard(body)
  assert.equal(quantity, 7)
  assert.ok(!('sku' in face.base_info))
})

test('a card of every type is read with no more than it needs', () => {
  for (const card_type of CARD_TYPES) assert.equal(readCard(cardBody(card_type)).face.card_type, card_type)
})

test('the first things wrong are the type, its section, then its fields', () => {
  const { groupon } = (cardBody() as { card: { groupon: object } }).card
  for (const [body, reason, place] of [
    [5, 'dataFormat', 'the body is not a JSON object'],
    [[], 'dataFormat', 'the body is not a JSON object'],
    [{}, 'missingFields', 'card'],
    [{ card: null }, 'missingFields', 'card'],
    [{ card: 'GROUPON' }, 'dataFormat', 'card is not a JSON object'],
    [{ card: {} }, 'invalidCardType', 'card().card_type'],
    [{ card: { card_type: 'LUCKY_MONEY' } }, 'invalidCardType', 'card().card_type'],
    [{ card: { card_type: 'groupon', groupon } }, 'invalidCardType', 'card().card_type'],
    [{ card: { card_type: 'CASH', groupon } }, 'invalidCardType', 'groupon'],
    [{ card: { card_type: 'GROUPON' } }, 'missingFields', 'groupon'],
    [{ card: { card_type: 'GROUPON', groupon: 5 } }, 'dataFormat', 'm_data is not a JSON object'],
    [{ card: { card_type: 'GROUPON', groupon: {} } }, 'missingFields', 'm_data.base_info'],
    [
      { card: { card_type: 'GROUPON', groupon: { ...groupon, deal_detail: '' } } },
      'missingFields',
      'm_data.deal_detail',
    ],
  ] as const) {
    assert.throws(() => readCard(body), refusal(reason, place), JSON.stringify(body))
  }
})

test('the section of another type beside the right one is passed over', () => {
  const { groupon } = (cardBody() as { card: { groupon: object } }).card
  const { face } = readCard({ card: { card_type: 'GROUPON', groupon, cash: null } })
  assert.deepEqual(face, readCard({ card: { card_type: 'GROUPON', groupon } }).face)
})

// The errcode that WeChat has for each of these fields.
for (const [field, value, reason] of [
  ['color', 'Color011', 'invalidColor'],
  ['color', '#123456', 'invalidColor'],
  ['code_type', 'CODE_TYPE_MORSE', 'invalidCodeType'],
  ['location_id_list', [-1], 'invalidCodeType'],
  ['location_id_list', [2 ** 53], 'invalidCodeType'],
  ['location_id_list', [1.5], 'dataFormat'],
  ['location_id_list', 'a,b', 'dataFormat'],
  ['date_info', { type: 'DATE_TYPE_SOMETIMES' }, 'invalidTime'],
  ['date_info', { type: 'DATE_TYPE_FIX_TERM', fixed_term: -1 }, 'invalidTime'],
  ['date_info', { type: 1, begin_timestamp: 0, end_timestamp: 2 ** 31 }, 'invalidTime'],
  ['sku', { quantity: -1 }, 'invalidQuantity'],
  ['sku', { quantity: 100_000_001 }, 'invalidQuantity'],
  ['get_limit', -1, 'invalidArgs'],
  ['use_limit', -1, 'invalidArgs'],
  ['title', '超过九个汉字的卡券名', 'tooLong'],
  ['title', 'a\0b', 'invalidCharset'],
  ['title', '\ud83d', 'invalidCharset'],
  ['can_share', 'maybe', 'dataFormat'],
] as const) {
  test(`${field} ${JSON.stringify(value)} is ${reason}`, () => {
    assert.throws(() => readCard(cardBody('GROUPON', { [field]: value })), refusal(reason, /^m_data\.base_info\(\)\./))
  })
}

test('a fourth custom field is one too many', () => {
  for (const field of ['custom_field4', 'custom_cell4']) {
    const body = cardBody('MEMBER_CARD', {}, { [field]: {} })
    assert.throws(() => readCard(body), refusal('tooManyCustomFields'))
  }
})

test('the achievement of a custom field is understood with and without its last letter', () => {
  const field = { name_type: 'FIELD_NAME_TYPE_ACHIEVEMENT', url: 'https://example.com' }
  const { face } = readCard(cardBody('MEMBER_CARD', {}, { custom_field1: field }))
  assert.deepEqual(face.fields['custom_field1'], { ...field, name_type: 'FIELD_NAME_TYPE_ACHIEVEMEN' })
})
