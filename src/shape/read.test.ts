import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Refusal } from '../errors.ts'
import { reasonOf, refusal } from '../../test/support/given.ts'
import { fieldsOf, valueOf, cardType } from '../../test/support/random-cards.ts'
import { CARD_SCHEMAS } from './card/card.ts'
import { CARD_TYPES } from './card/types.ts'
import { bool, choice, int, list, object, openid, optional, text, type FieldSchema } from './field.ts'
import { reader } from './read.ts'

/** Any text that JavaScript can hold, halves of surrogate pairs and NULs among them. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', '券', '😀', 'é', '\0') }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
)

const anything = fc.oneof(fc.jsonValue(), fc.anything({ withBigInt: true, withDate: true, withMap: true }), anyText)

test('a text is measured in UTF-8 bytes, as WeChat does', () => {
  const limits = fc.integer({ min: 1, max: 30 })
  fc.assert(
    fc.property(anyText, limits, (value, bytes) => {
      const fits = Buffer.byteLength(value) <= bytes
      const clean = value.isWellFormed() && !value.includes('\0')
      const reason = reasonOf(() => assert.equal(reader(text(bytes))(value), value))
      assert.equal(reason, !clean ? 'invalidCharset' : fits ? undefined : 'tooLong')
    }),
    { numRuns: 3000 },
  )
})

test('sixteen Chinese characters fit into 48 bytes, and one letter more does not', () => {
  const read = reader(text(48), 'm_data.base_info().notice')
  assert.equal(read('券'.repeat(16)), '券'.repeat(16))
  assert.throws(() => read('券'.repeat(16) + 'a'), refusal('tooLong', 'm_data.base_info().notice'))
})

test('a number may come as a text of digits', () => {
  const read = reader(int(-5, 2 ** 53 - 1))
  for (const [given, meant] of [
    ['5', 5],
    ['-5', -5],
    ['007', 7],
    [1e3, 1000],
    ['999999999999999', 999_999_999_999_999],
  ] as const) {
    assert.equal(read(given), meant)
  }
  for (const given of [
    '5.0',
    '1e3',
    ' 5',
    '5 ',
    '+5',
    '0x5',
    '五',
    '-',
    '5,',
    '1'.repeat(20),
    1.5,
    NaN,
    Infinity,
    true,
    [],
    {},
    5n,
  ]) {
    assert.throws(() => read(given), refusal('dataFormat'))
  }
})

test('a number that is taken as a number is taken as a text too, however long', () => {
  const read = reader(int(0, Number.MAX_SAFE_INTEGER))
  for (const number of [10 ** 15 - 1, 10 ** 15, Number.MAX_SAFE_INTEGER]) {
    assert.equal(read(number), number)
    assert.equal(read(String(number)), number)
  }
  assert.throws(() => read('9007199254740993'), refusal('invalidArgs'))
})

test('the limits of a number are its own, and the refusal is the one that its table names', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.boolean(), (number, asText) => {
      const read = reader(int(0, 100, { refused: 'invalidQuantity' }))
      const given = asText && Math.abs(number) < 1e15 ? String(number) : number
      const reason = reasonOf(() => assert.equal(read(given), number))
      assert.equal(reason, number >= 0 && number <= 100 ? undefined : 'invalidQuantity')
    }),
    { numRuns: 1000 },
  )
})

test('a boolean may come as its name or as 1 or 0', () => {
  const read = reader(bool())
  for (const given of [true, 'true', 1]) assert.equal(read(given), true)
  for (const given of [false, 'false', 0]) assert.equal(read(given), false)
  for (const given of ['True', 'yes', 'on', 2, -1, [], {}]) assert.throws(() => read(given), refusal('dataFormat'))
})

test('a choice is one of its names, or an old name of one, as a text or a number', () => {
  const read = reader(choice(['RANGE', 'TERM'], { aliases: { 1: 'RANGE', 2: 'TERM' }, refused: 'invalidTime' }))
  assert.equal(read('TERM'), 'TERM')
  assert.equal(read('1'), 'RANGE')
  assert.equal(read(2), 'TERM')
  for (const given of ['range', 'PERMANENT', 3, 'constructor', '__proto__']) {
    assert.throws(() => read(given), refusal('invalidTime'))
  }
  for (const given of [true, [], {}]) assert.throws(() => read(given), refusal('dataFormat'))
})

test('a list may have commas instead of brackets where its table says so', () => {
  const shops = reader(list(int(0, 1000), 3, { commas: true }))
  assert.deepEqual(shops('1,2'), [1, 2])
  assert.deepEqual(shops(' 1 , 2 '), [1, 2])
  assert.deepEqual(shops(['1', 2]), [1, 2])
  assert.throws(() => shops('1,2,3,4'), refusal('tooLong'))
  assert.throws(() => shops('1,two'), refusal('dataFormat'))
  assert.throws(() => reader(list(int(0, 1000), 3))('1,2'), refusal('dataFormat'))
})

test('a list has its most items, and each is read', () => {
  const read = reader(list(text(3), 2), 'status_list')
  assert.deepEqual(read(['a', '券']), ['a', '券'])
  assert.deepEqual(read([]), [])
  assert.throws(() => read(['a', 'b', 'c']), refusal('tooLong', 'status_list'))
  assert.throws(() => read(['a', null]), refusal('dataFormat', 'status_list is not an array of strings'))
  assert.throws(() => read(['券a']), refusal('tooLong', 'status_list'))
})

test('null, an empty text and an empty list stand for a field that is not there', () => {
  const read = reader(
    object({
      code: text(20, { missing: 'missingCode' }),
      card_id: optional(text(32)),
      check: optional(bool()),
      sku: optional(object({})),
    }),
  )
  for (const nothing of [undefined, null, '', []]) {
    assert.deepEqual(read({ code: '1', card_id: nothing, check: nothing, sku: nothing }), { code: '1' })
    assert.throws(() => read({ code: nothing }), refusal('missingCode', 'code'))
  }
  for (const no of [0, false, 'false']) assert.deepEqual(read({ code: '0', check: no }), { code: '0', check: false })
})

test('an empty list that is a list is an empty list', () => {
  const read = reader(object({ shops: optional(list(int(0, 9), 3, { commas: true })) }))
  assert.deepEqual(read({ shops: [] }), { shops: [] })
  for (const nothing of [undefined, null, '']) assert.deepEqual(read({ shops: nothing }), {})
})

test('an openid is ASCII without blanks, at most 64 characters, and refused as one in every other case', () => {
  const read = reader(object({ openid }))
  assert.deepEqual(read({ openid: 'oFS7Fjl0WsZ9AMZqrI80nbIq8xrA' }), { openid: 'oFS7Fjl0WsZ9AMZqrI80nbIq8xrA' })
  assert.deepEqual(read({ openid: '~'.repeat(64) }), { openid: '~'.repeat(64) })
  for (const bad of [undefined, null, '', 'a b', 'a\n', '客人', '~'.repeat(65)]) {
    assert.throws(() => read({ openid: bad }), refusal('invalidOpenid', 'openid'))
  }
})

test('a place is named in the way of WeChat', () => {
  const date_info = object({ type: choice(['RANGE']), days: optional(list(object({ hour: int(0, 23) }), 2)) })
  const read = reader(object({ base_info: object({ title: text(27), date_info }) }), 'm_data')
  const title = '套餐'
  for (const [given, reason, place] of [
    [5, 'dataFormat', 'm_data is not a JSON object'],
    [{}, 'missingFields', 'm_data.base_info'],
    [{ base_info: 5 }, 'dataFormat', 'm_data.base_info is not a JSON object'],
    [{ base_info: {} }, 'missingFields', 'm_data.base_info().title'],
    [{ base_info: { title: 5 } }, 'missingFields', 'm_data.base_info().date_info'],
    [{ base_info: { title: 5, date_info: { type: 'X' } } }, 'dataFormat', 'm_data.base_info().title is not a string'],
    [{ base_info: { title, date_info: {} } }, 'missingFields', 'm_data.base_info().date_info().type'],
    [{ base_info: { title, date_info: { type: 'X' } } }, 'invalidArgs', 'm_data.base_info().date_info().type'],
    [
      { base_info: { title, date_info: { type: 'RANGE', days: [{}] } } },
      'missingFields',
      'm_data.base_info().date_info().days().hour',
    ],
  ] as const) {
    assert.throws(() => read(given), refusal(reason, place))
  }
  assert.throws(
    () => reader(object({ card_id: text(32) }))({ card_id: 7 }),
    refusal('dataFormat', 'card_id is not a string'),
  )
})

test('a field that is missing is told before one that is wrong, each in the order of the table', () => {
  const inner = object({ d: text(3), e: bool() })
  const read = reader(object({ a: text(3), b: int(0, 9), c: inner, list: optional(list(inner, 3)) }))
  const e = { d: 5, e: 5 }
  for (const [given, reason, place] of [
    [{ b: 'x', c: {} }, 'missingFields', 'a'],
    [{ a: 5, c: {} }, 'missingFields', 'b'],
    [{ a: 5, b: 'x', c: { e: 'x' } }, 'missingFields', 'c().d'],
    [{ a: 5, b: 'x', c: e, list: [e, { d: 5 }] }, 'missingFields', 'list().e'],
    [{ a: 5, b: 'x', c: e, list: [e] }, 'dataFormat', 'a is not a string'],
    [{ a: 'a', b: 'x', c: e, list: [e] }, 'dataFormat', 'b is not an integer'],
    [{ a: 'a', b: 5, c: e, list: [e] }, 'dataFormat', 'c().d is not a string'],
    [{ a: 'a', b: 5, c: { d: 'd', e: true }, list: [e] }, 'dataFormat', 'list().d is not a string'],
  ] as const) {
    assert.throws(() => read(given), refusal(reason, place))
  }
})

const readers = new Map(CARD_TYPES.map((card_type) => [card_type, reader(CARD_SCHEMAS[card_type], 'm_data')]))

/** Does a value hold only what the table knows, of the types and within the limits that it says? */
function conforms(field: FieldSchema, value: unknown, place: string): void {
  if (field.enum) return assert.ok(field.enum.includes(value as string), place)
  switch (field.type) {
    case 'string':
      return assert.ok(typeof value === 'string' && Buffer.byteLength(value) <= field.bytes!, place)
    case 'integer':
      return assert.ok(
        Number.isInteger(value) && Number(value) >= field.minimum! && Number(value) <= field.maximum!,
        place,
      )
    case 'boolean':
      return assert.ok(typeof value === 'boolean', place)
    case 'array':
      assert.ok(Array.isArray(value) && value.length <= field.maxItems!, place)
      for (const item of value) conforms(field.items!, item, place)
      return
    default:
      assert.equal(Object.getPrototypeOf(value), Object.prototype, place)
      for (const name of field.required ?? []) assert.ok(Object.hasOwn(value as object, name), `${place}.${name}`)
      for (const [name, part] of Object.entries(value as object)) {
        assert.ok(Object.hasOwn(field.properties!, name), `${place}.${name} is not in the table`)
        conforms(field.properties![name]!, part, `${place}.${name}`)
      }
  }
}

interface Place {
  path: readonly string[]
  field: FieldSchema
}

/** Every field of a table, however deep. */
function* places(field: FieldSchema, path: readonly string[] = []): Generator<Place> {
  for (const [name, part] of Object.entries(field.properties ?? field.items?.properties ?? {})) {
    const inner = field.items ? [...path, '0', name] : [...path, name]
    yield { path: inner, field: part }
    yield* places(part, inner)
  }
}

/** A copy of a value with another one put at a place, which is made where it is not there. */
function withPart(field: FieldSchema, value: unknown, [name, ...rest]: readonly string[], put: unknown): unknown {
  if (name === undefined) return put
  if (field.items) return [withPart(field.items, least(field.items), rest, put)]
  const given = (value ?? least(field)) as Record<string, unknown>
  return { ...given, [name]: withPart(field.properties![name]!, given[name], rest, put) }
}

/** The least that an object must hold. */
function least(field: FieldSchema): unknown {
  const parts = (field.required ?? []).map((name) => [name, field.properties![name]!] as const)
  return Object.fromEntries(
    parts.map(([name, part]) => [
      name,
      part.properties ? least(part) : fc.sample(valueOf(part), { numRuns: 1, seed: 1 })[0],
    ]),
  )
}

const written = (path: readonly string[]): string => {
  const names = path.filter((name) => name !== '0')
  return `m_data.${names.join('().')}`
}

test('every field of every card type refuses a value of another type, and names its place', () => {
  for (const card_type of CARD_TYPES) {
    const table = fieldsOf(card_type)
    for (const { path, field } of places(table)) {
      const wrong = field.type === 'object' || field.type === 'array' ? 5 : { a: 1 }
      const card = withPart(table, undefined, path, wrong)
      const told = new RegExp(String.raw`^${written(path).replaceAll(/[.()]/g, String.raw`\$&`)} is not an? \w`)
      assert.throws(() => readers.get(card_type)!(card), refusal('dataFormat', told), written(path))
    }
  }
})

test('every text of every card type fits to its last byte and no further', () => {
  for (const card_type of CARD_TYPES) {
    const table = fieldsOf(card_type)
    for (const { path, field } of places(table)) {
      if (field.type !== 'string' || field.enum) continue
      const most = 'x'.repeat(field.bytes!)
      const read = readers.get(card_type)!
      read(withPart(table, undefined, path, most))
      assert.throws(() => read(withPart(table, undefined, path, `${most}x`)), refusal('tooLong', written(path)))
    }
  }
})

test('no value crashes a reader, and what it lets through is known, of its type and within its limits', () => {
  fc.assert(
    fc.property(cardType, anything, (card_type, value) => {
      readOrRefuse(card_type, value)
    }),
    { numRuns: 1000 },
  )
})

test('no value at any place of a card crashes its reader', () => {
  const spoilt = cardType.chain((card_type) => {
    const table = fieldsOf(card_type)
    return fc.tuple(fc.constant(card_type), valueOf(table), fc.constantFrom(...places(table)), anything)
  })
  fc.assert(
    fc.property(spoilt, ([card_type, card, { path }, value]) => {
      readOrRefuse(card_type, withPart(fieldsOf(card_type), card, path, value))
    }),
    { numRuns: 800 },
  )
})

function readOrRefuse(card_type: (typeof CARD_TYPES)[number], value: unknown): void {
  let read
  try {
    read = readers.get(card_type)!(value)
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    assert.match(error.detail, /^m_data(\.\w+(\(\)\.\w+)*)?( is not an? [\w ]+)?$/)
    return
  }
  conforms(fieldsOf(card_type), read, 'm_data')
}
