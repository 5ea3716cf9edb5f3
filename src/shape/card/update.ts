import type Type from 'typebox'
import { refuse, type ErrorName, type Refusal } from '../../errors.ts'
import { card_id, choice, object, optional, type FieldSchema } from '../field.ts'
import { isObject, isZero, reader } from '../read.ts'
import { base_info } from './base_info.ts'
import { CARD_SCHEMAS, hasFourth, keyOf, type Face, type FaceChanges, type TypeFields } from './card.ts'
import { CARD_TYPES, TYPE_FIELDS, type CardType } from './types.ts'

/** What card/update asks for. */
export interface CardUpdate {
  card_id: string
  card_type: CardType
  changes: FaceChanges
  /** What the request says of validity, kept apart since how it may change depends on the card. */
  date_info?: Partial<Face['base_info']['date_info']>
  /** 是否提审: does one of the changes have to be looked at? */
  review: boolean
}

const BASE_INFO: Type.TSchema = base_info

/** The fields of an object that may be changed, by the table of fields. None of them is required. */
function changeable({ properties = {} }: FieldSchema): FieldSchema {
  const fields = Object.entries(properties).filter(([, { update }]) => update)
  return { type: 'object', properties: Object.fromEntries(fields.map(([name, field]) => [name, changing(field)])) }
}

/** An object in which some fields may be changed is changed field by field; any other, as a whole. */
function changing(field: FieldSchema): FieldSchema {
  if (isChangedByField(field)) return changeable(field)
  return field.update_bytes === undefined ? field : { ...field, bytes: field.update_bytes }
}

const isChangedByField = ({ properties = {} }: FieldSchema): boolean =>
  Object.values(properties).some(({ update }) => update)

interface Parts {
  base_info?: Record<string, unknown>
  [field: string]: unknown
}

/** Some clients name the type besides using it as a key. */
const readHead = reader(object({ card_id, card_type: optional(choice(CARD_TYPES, { refused: 'invalidCardType' })) }))
const HEAD = new Set(['card_id', 'card_type', ...CARD_TYPES.map(keyOf)])

const readers = new Map(
  CARD_TYPES.map((card_type) => {
    const fields: Type.TSchema = TYPE_FIELDS[card_type]
    const { properties } = changeable(fields)
    const schema: FieldSchema = { type: 'object', properties: { base_info: changeable(BASE_INFO), ...properties } }
    return [card_type, reader(schema as unknown as Type.TUnsafe<Parts>, 'm_data')]
  }),
)

/**
 * Reads the body of card/update: `{ card_id, <card_type in lower case>: { base_info, … } }`, with the fields to be
 * changed and no others. A field that cannot be changed is refused, and the request with it. An empty text, list or
 * object removes a field that a card need not have, and leaves alone one that it must have, as the specification's
 * sample sends it; null stands for a field that is not there.
 */
export function readUpdate(body: unknown): CardUpdate {
  const { card_id, card_type: named } = readHead(body)
  const sections = body as Record<string, unknown>
  const [card_type, ...others] = CARD_TYPES.filter((type) => (sections[keyOf(type)] ?? null) !== null)
  if (card_type === undefined)
    throw refuse('missingFields', 'the card type in lower case, with the fields to be changed')
  if (others.length > 0) {
    throw refuse('invalidCardType', `${[card_type, ...others].map(keyOf).join(', ')}: a card has one type`)
  }
  if (named !== undefined && named !== card_type) {
    throw refuse('invalidCardType', `card_type, while the fields stand under ${keyOf(card_type)}`)
  }
  checkHead(sections)
  const given = sections[keyOf(card_type)]
  if (hasFourth(given)) throw refuse('tooManyCustomFields')

  const schema: Type.TSchema = CARD_SCHEMAS[card_type]
  checkChangeable(given, schema, 'm_data.')
  const [kept, cleared] = split(given, schema)
  const { base_info: { date_info, ...base } = {}, ...fields } = readers.get(card_type)!(kept)
  const changes: FaceChanges = {
    base_info: { ...base, ...cleared.base_info },
    fields: { ...fields, ...cleared.fields },
  }
  return {
    card_id,
    card_type,
    changes,
    ...(date_info !== undefined && { date_info: date_info as Partial<Face['base_info']['date_info']> }),
    review: isReviewed(changes.base_info, BASE_INFO) || isReviewed(changes.fields, schema),
  }
}

/** Some clients send this with every update: what WeChat should then write to members. */
const PASSED_OVER = new Set(['modify_msg_operation'])

function checkHead(sections: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(sections)) {
    if (value !== null && !HEAD.has(name) && !PASSED_OVER.has(name)) throw cannotChange(name)
  }
}

const cannotChange = (place: string, reason: ErrorName = 'invalidArgs'): Refusal =>
  refuse(reason, `${place} cannot be changed`)

/**
 * Refuses a member that cannot be changed, or is no field at all: its sender believes that something changes. Clients
 * without optional numbers send a 0 for days and limits that they do not mean.
 *
 * @param isWhole set for an object that is changed as a whole, with whatever fields it has
 */
function checkChangeable(given: unknown, { properties = {} }: FieldSchema, place: string, isWhole = false): void {
  if (!isObject(given)) return
  for (const [name, value] of Object.entries(given)) {
    const field = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (value === null || PASSED_OVER.has(name)) continue
    if (isZero(value) && (field?.fixed || field?.zero_is_absent)) continue
    const byField = field !== undefined && isChangedByField(field)
    if (!field || !(isWhole || byField || field.update)) throw cannotChange(place + name, field?.fixed)
    if (field.type === 'object') checkChangeable(value, field, `${place}${name}().`, !byField)
  }
}

interface Cleared {
  base_info: Record<string, null>
  fields: TypeFields
}

/** Separates the fields to be removed from those to be read. */
function split(given: unknown, schema: FieldSchema): [kept: unknown, cleared: Cleared] {
  if (!isObject(given)) return [given, { base_info: {}, fields: {} }]
  const [fields, noFields] = splitFields(given, schema)
  if (!isObject(given['base_info'])) return [fields, { base_info: {}, fields: noFields }]
  const [base, noBase] = splitFields(given['base_info'], BASE_INFO)
  return [
    { ...fields, base_info: base },
    { base_info: noBase, fields: noFields },
  ]
}

function splitFields(given: Record<string, unknown>, { properties = {}, required = [] }: FieldSchema) {
  const isCleared = ([name, value]: [string, unknown]): boolean => {
    const field = properties[name]
    return field?.update !== undefined && !required.includes(name) && isEmpty(name, value, field)
  }
  const entries = Object.entries(given)
  return [
    Object.fromEntries(entries.filter((entry) => !isCleared(entry))),
    Object.fromEntries(entries.filter(isCleared).map(([name]) => [name, null])),
  ] as const
}

/**
 * Is it an empty value of the field's own kind? Any other empty value stands for a field that is not there, or is
 * wrong.
 */
function isEmpty(name: string, value: unknown, { type, enum: values }: FieldSchema): boolean {
  if (name === 'location_id_list' && isNoShop(value)) return true
  if (type === 'string' && !values) return value === ''
  if (type === 'array') return value === '' || (Array.isArray(value) && value.length === 0)
  if (type === 'object') return typeof value === 'object' && value !== null && Object.keys(value).length === 0
  return false
}

/** "0" is how later clients say that no shop is left. */
const isNoShop = (value: unknown): boolean =>
  value === '' || isZero(Array.isArray(value) && value.length === 1 ? value[0] : value)

const isReviewed = (changes: object, { properties = {} }: FieldSchema): boolean =>
  Object.keys(changes).some((name) => properties[name]?.update === 'review')
