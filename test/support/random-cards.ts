import fc from 'fast-check'
import { CARD_SCHEMAS } from '../../src/shape/card/card.ts'
import { CARD_TYPES, type CardType } from '../../src/shape/card/types.ts'
import type { FieldSchema } from '../../src/shape/field.ts'

/** Random cards, made from the tables of fields themselves, so that a new field is tried from its first day on. */

export const fieldsOf = (card_type: CardType): FieldSchema => CARD_SCHEMAS[card_type] as FieldSchema

const CHARACTERS = ['a', 'Z', '7', ' ', '\n', '"', '\\', '/', '&', 'é', '券', '海', '😀', '\u2028']

/** Texts that fit, many of them to the last byte. */
function textOf(bytes: number): fc.Arbitrary<string> {
  const fitting = fc
    .array(fc.constantFrom(...CHARACTERS), { minLength: 1, maxLength: Math.min(bytes, 30) })
    .map((characters) => cut(characters, bytes))
  const brimful = fc.constantFrom('x', 'é', '券', '😀').map((character) => {
    const text = character.repeat(Math.floor(bytes / Buffer.byteLength(character)))
    return text.padEnd(text.length + bytes - Buffer.byteLength(text), 'x')
  })
  return fc.oneof({ weight: 4, arbitrary: fitting }, { weight: 1, arbitrary: brimful })
}

function cut(characters: readonly string[], bytes: number): string {
  let text = ''
  for (const character of characters) if (Buffer.byteLength(text + character) <= bytes) text += character
  return text || 'x'
}

/** A value as the table wants it. */
export function valueOf(field: FieldSchema): fc.Arbitrary<unknown> {
  if (field.enum) return fc.constantFrom(...field.enum)
  switch (field.type) {
    case 'string':
      return textOf(field.bytes ?? 100)
    case 'integer':
      return fc.oneof(
        fc.constantFrom(field.minimum!, field.maximum!),
        fc.integer({ min: field.minimum!, max: Math.min(field.maximum!, 2 ** 31 - 1) }),
      )
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(valueOf(field.items!), { maxLength: Math.min(field.maxItems ?? 3, 3) })
    default:
      return fc.record(
        Object.fromEntries(Object.entries(field.properties!).map(([name, part]) => [name, valueOf(part)])),
        { requiredKeys: [...(field.required ?? [])], noNullPrototype: true },
      )
  }
}

/** Larger numbers are written as numbers only. */
const LONGEST_TEXT = 1e15

/** The same value in one of the spellings that real clients send for it; with fields that are none, unless told. */
export function sloppy(field: FieldSchema, value: unknown, unknowns = 1): fc.Arbitrary<unknown> {
  if (field.enum) {
    const old = Object.entries(field.aliases ?? {}).flatMap(([alias, meant]) => (meant === value ? [alias] : []))
    const numbers = old.filter((alias) => /^\d+$/.test(alias)).map(Number)
    return fc.constantFrom(value, ...old, ...numbers)
  }
  if (typeof value === 'number')
    return value < LONGEST_TEXT ? fc.constantFrom(value, String(value)) : fc.constant(value)
  if (typeof value === 'boolean') return fc.constantFrom(value, String(value), Number(value))
  if (Array.isArray(value)) return sloppyList(field, value, unknowns)
  if (typeof value !== 'object' || value === null) return fc.constant(value)
  const given = value as Record<string, unknown>
  const parts = Object.entries(field.properties!).map(([name, part]) => {
    if (given[name] !== undefined) return [name, sloppy(part, given[name], unknowns)] as const
    const zeros = part.zero_is_absent ? [0, '0'] : []
    const nothing = [undefined, null, '', ...(part.type === 'array' ? [] : [[]]), ...zeros]
    return [name, fc.constantFrom(...nothing)] as const
  })
  return fc
    .tuple(
      fc.record(Object.fromEntries(parts), { noNullPrototype: true }),
      fc.dictionary(unknownName, fc.jsonValue(), { maxKeys: unknowns, noNullPrototype: true }),
    )
    .map(([known, unknown]) => ({ ...unknown, ...known }))
}

/** Names that no table has. */
const unknownName = fc.constantFrom('sub_card_type', 'total_quantity', 'Title', 'constructor', '__proto__', '字段')

function sloppyList(field: FieldSchema, value: readonly unknown[], unknowns: number): fc.Arbitrary<unknown> {
  const items = fc.tuple(...value.map((item) => sloppy(field.items!, item, unknowns)))
  if (!field.commas || value.length === 0 || value.some((item) => Number(item) >= LONGEST_TEXT)) return items
  return fc.oneof(items, fc.constantFrom(value.join(','), value.join(' , ')))
}

/** The body of card/create. */
export interface CardBody {
  card: { card_type: CardType } & Record<string, unknown>
}

export const bodyOf = (card_type: CardType, fields: unknown): CardBody => ({
  card: { card_type, [card_type.toLowerCase()]: fields },
})

export const cardType: fc.Arbitrary<CardType> = fc.constantFrom(...CARD_TYPES)

/** A card that card/create reads, whose fields are spelt as the tables do. */
export const cardFields: fc.Arbitrary<{ card_type: CardType; fields: Record<string, unknown> }> = cardType.chain(
  (card_type) =>
    fc.record({
      card_type: fc.constant(card_type),
      fields: valueOf(fieldsOf(card_type)) as fc.Arbitrary<Record<string, unknown>>,
    }),
)
