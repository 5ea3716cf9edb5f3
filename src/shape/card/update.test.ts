import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { refusal } from '../../../test/support/given.ts'
import { bodyOf, cardFields, fieldsOf, sloppy, valueOf } from '../../../test/support/random-cards.ts'
import type { FieldSchema } from '../field.ts'
import { COLORS } from './base_info.ts'
import { changeFace, keyOf, readCard, type Face } from './card.ts'
import { showCard } from './show.ts'
import { CARD_TYPES, type CardType } from './types.ts'
import { readUpdate } from './update.ts'

type Json = Record<string, unknown>

interface Section extends Json {
  base_info: Json
}

const PRESENT = {
  appid: 'wx588def6b0089dd48',
  card_id: 'p1Pj9jr90_SQRaVqYI239Ka1erkI',
  status: 'CARD_STATUS_VERIFY_OK',
  quantity: 9,
  total_quantity: 10,
  create_time: 1_467_025_553,
  update_time: 1_467_025_563,
}

/** What card/get shows of a face. */
const show = (face: Face): Section =>
  JSON.parse(JSON.stringify(showCard(face, PRESENT)[keyOf(face.card_type)])) as Section

const updateBody = (card_type: CardType, fields: unknown): Json => ({
  card_id: PRESENT.card_id,
  [keyOf(card_type)]: fields,
})

const read = (card_type: CardType, fields: unknown) => readUpdate(updateBody(card_type, fields))

/** The fields that may be changed, but for validity, whose change hangs on the card. */
const changeableOf = ({ properties = {} }: FieldSchema): FieldSchema => ({
  type: 'object',
  properties: Object.fromEntries(
    Object.entries(properties).filter(([name, { update }]) => update && name !== 'date_info'),
  ),
})

interface Change {
  card_type: CardType
  face: Face
  base: Json
  own: Json
  base_schema: FieldSchema
  own_schema: FieldSchema
}

/** A random card and a random mixture of new values. */
const cardAndChange: fc.Arbitrary<Change> = cardFields.chain(({ card_type, fields }) => {
  const own_schema = changeableOf(fieldsOf(card_type))
  const base_schema = changeableOf(fieldsOf(card_type).properties!['base_info']!)
  return fc.record({
    card_type: fc.constant(card_type),
    face: fc.constant(readCard(bodyOf(card_type, fields)).face),
    base: valueOf(base_schema) as fc.Arbitrary<Json>,
    own: valueOf(own_schema) as fc.Arbitrary<Json>,
    base_schema: fc.constant(base_schema),
    own_schema: fc.constant(own_schema),
  })
})

/** An object or a list with nothing in it, and a list of the shop "0", take a field away. */
const isNothing = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && ['{}', '[]', '[0]'].includes(JSON.stringify(value))

/** What is shown after such values were sent. */
function changed(before: Json, sent: Json): Json {
  const after = { ...before, ...sent }
  for (const [name, value] of Object.entries(sent)) if (isNothing(value)) delete after[name]
  return after
}

test('any mixture of changeable fields is shown as it was sent, and everything else as before', () => {
  fc.assert(
    fc.property(cardAndChange, ({ card_type, face, base, own }) => {
      const { changes } = read(card_type, { base_info: base, ...own })
      const before = show(face)
      const expected = changed({ ...before, base_info: {} }, own)
      const base_info = { location_id_list: [], ...changed(before.base_info, base) } as Json
      const { color } = base
      if (typeof color === 'string') base_info['color'] = COLORS[color as keyof typeof COLORS]
      assert.deepEqual(show(changeFace(face, changes)), { ...expected, base_info })
    }),
    { numRuns: 500 },
  )
})

test('a change sent twice is the same as once, and a change leaves the face before it as it was', () => {
  fc.assert(
    fc.property(cardAndChange, ({ card_type, face, base, own }) => {
      const before = JSON.stringify(face)
      const { changes } = read(card_type, { base_info: base, ...own })
      const once = changeFace(face, changes)
      assert.deepEqual(changeFace(once, changes), once)
      assert.equal(JSON.stringify(face), before)
    }),
    { numRuns: 200 },
  )
})

/** The names that send a card to review, from the tables of the specification. */
const REVIEWED = new Set(
  'logo_url notice description color bonus_cleared bonus_rules balance_rules prerogative detail'.split(' '),
)

test('a mixture is reviewed where one of its fields is', () => {
  fc.assert(
    fc.property(cardAndChange, ({ card_type, base, own }) => {
      const { review } = read(card_type, { base_info: base, ...own })
      assert.equal(
        review,
        [...Object.keys(base), ...Object.keys(own)].some((name) => REVIEWED.has(name)),
      )
    }),
    { numRuns: 500 },
  )
})

/** Those of the values that take nothing away. */
const something = (values: Json): Json =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => !isNothing(value)))

/** The same values as clients spell them, without fields that are none: an update with those is refused. */
function spellingsOf(values: Json, { properties = {} }: FieldSchema): fc.Arbitrary<Json> {
  const spelt = Object.entries(something(values)).map(
    ([name, value]) => [name, sloppy(properties[name]!, value, 0)] as const,
  )
  return fc.record(Object.fromEntries(spelt), { noNullPrototype: true })
}

test('in every spelling of old clients a value is the same value', () => {
  const spelt = cardAndChange.chain((change) =>
    fc.record({
      change: fc.constant(change),
      base: spellingsOf(change.base, change.base_schema),
      own: spellingsOf(change.own, change.own_schema),
    }),
  )
  fc.assert(
    fc.property(spelt, ({ change, base, own }) => {
      const { card_type } = change
      const plain = read(card_type, { base_info: something(change.base), ...something(change.own) })
      assert.deepEqual(read(card_type, { base_info: base, ...own }), plain)
    }),
    { numRuns: 300 },
  )
})

test('a field that cannot be changed is refused on every type, wherever it stands among good ones', () => {
  for (const card_type of CARD_TYPES) {
    for (const name of ['brand_name', 'title', 'sku', 'use_limit', 'id', 'status', 'brandname', '__proto__']) {
      const base_info = JSON.parse(`{"notice":"a","${name}":"x","can_share":false}`) as Json
      const told = refusal('invalidArgs', `m_data.base_info().${name} cannot be changed`)
      assert.throws(() => read(card_type, { base_info }), told, name)
    }
  }
})

test('days are refused with the errcode that validity has', () => {
  for (const name of ['fixed_term', 'fixed_begin_term']) {
    const base_info = { date_info: { type: 'DATE_TYPE_FIX_TIME_RANGE', [name]: 15 } }
    assert.throws(() => read('GROUPON', { base_info }), refusal('invalidDateInfo', new RegExp(name)))
  }
})

test('a fourth custom field is one too many', () => {
  for (const name of ['custom_field4', 'custom_cell4']) {
    assert.throws(() => read('MEMBER_CARD', { [name]: {} }), refusal('tooManyCustomFields'))
  }
})

test('a cell of the merchant’s own needs all of its parts', () => {
  const custom_cell1 = { name: '使用入口', tips: '激活后显示' }
  assert.throws(() => read('MEMBER_CARD', { custom_cell1 }), refusal('missingFields', /custom_cell1\(\)\.url$/))
})

// Some clients send it with every update, and it says nothing of the card.
test('what WeChat would write to members is passed over', () => {
  const modify_msg_operation = { url_cell: { card_id_list: ['x'], end_time: 1_500_000_000 } }
  const { changes, review } = read('MEMBER_CARD', { modify_msg_operation, base_info: { modify_msg_operation: null } })
  assert.deepEqual({ changes, review }, { changes: { base_info: {}, fields: {} }, review: false })
})

test('a body that is no object, or a section that is none, is not read', () => {
  assert.throws(() => readUpdate([]), refusal('dataFormat'))
  assert.throws(() => readUpdate(5), refusal('dataFormat'))
  assert.throws(() => readUpdate({}), refusal('missingCardId'))
  for (const section of [5, 'x', [1]]) {
    assert.throws(() => read('CASH', section), refusal('dataFormat', 'm_data is not a JSON object'))
  }
  for (const base_info of [5, 'x', [1]]) {
    assert.throws(() => read('CASH', { base_info }), refusal('dataFormat', 'm_data.base_info is not a JSON object'))
  }
})

// Contract 0.1: an empty text stands for an optional scalar that is absent. Only a text can be made empty.
test('an empty text in the place of a number or a boolean changes nothing', () => {
  for (const name of ['get_limit', 'can_share', 'can_give_friend', 'use_all_locations']) {
    const { changes } = read('GROUPON', { base_info: { [name]: '' } })
    assert.deepEqual(changes, { base_info: {}, fields: {} }, name)
  }
  for (const name of ['auto_activate', 'wx_activate', 'discount']) {
    assert.deepEqual(read('MEMBER_CARD', { [name]: '' }).changes, { base_info: {}, fields: {} }, name)
  }
})

test('an object in the place of a number, a boolean, a text or a list is refused, as when a card is created', () => {
  for (const [name, kind] of [
    ['get_limit', 'an integer'],
    ['can_share', 'a boolean'],
    ['service_phone', 'a string'],
    ['location_id_list', 'an array of integers'],
    ['notice', 'a string'],
  ] as const) {
    const told = refusal('dataFormat', `m_data.base_info().${name} is not ${kind}`)
    assert.throws(() => read('GROUPON', { base_info: { [name]: {} } }), told, name)
  }
})
