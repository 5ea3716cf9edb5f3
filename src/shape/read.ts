import type Type from 'typebox'
import { refuse, type Refusal } from '../errors.ts'
import type { FieldSchema } from './field.ts'

type Read = (value: unknown) => unknown

/**
 * Makes the function that reads a value by its schema, once, so that a request costs no walk through the schema. It
 * returns only the known fields, of the types that the schema says, and refuses what it cannot read.
 *
 * Real clients are served as they are: a number may come as a text of digits, a boolean as the text true or false or as
 * 1 or 0; null, an empty text and an empty list stand for a field that is not there, as does 0 if its schema says so.
 * Unknown fields are passed over.
 *
 * A missing field anywhere is reported before a wrong one.
 *
 * @param place what a refusal calls the value, in WeChat's way: `m_data.base_info().title`
 */
export function reader<S extends Type.TSchema>(schema: S, place = ''): (value: unknown) => Type.Static<S> {
  const demand = demander(schema, place)
  const read = readerOf(schema, place)
  return (value) => {
    demand(value)
    return read(value) as Type.Static<S>
  }
}

/** @param kind what a refusal calls the type wanted */
function readerOf(schema: FieldSchema, place: string, kind = kindOf(schema)): Read {
  if (schema.enum) return readChoice(schema, place, kind)
  switch (schema.type) {
    case 'string':
      return readText(schema, place, kind)
    case 'integer':
      return readInt(schema, place, kind)
    case 'boolean':
      return readBool(place, kind)
    case 'array':
      return readList(schema, place, kind)
    case 'object':
      return readObject(schema, place, kind)
    default:
      throw new TypeError(`no reader for ${place}: ${String(schema.type)}`)
  }
}

function readText(
  { bytes = Infinity, pattern, refused = 'invalidArgs', too_long = 'tooLong' }: FieldSchema,
  place: string,
  kind: string,
): Read {
  const form = pattern === undefined ? undefined : new RegExp(pattern, 'u')
  return (value) => {
    if (typeof value !== 'string') throw wrongType(place, kind)
    if (value.includes('\0') || !value.isWellFormed()) throw refuse('invalidCharset', place)
    if (value.length * 3 > bytes && Buffer.byteLength(value) > bytes) throw refuse(too_long, place)
    if (form && !form.test(value)) throw refuse(refused, place)
    return value
  }
}

const DIGITS = /^-?\d{1,16}$/

function readInt(
  { minimum = -Infinity, maximum = Infinity, refused = 'invalidArgs' }: FieldSchema,
  place: string,
  kind: string,
): Read {
  return (value) => {
    const number = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value
    if (typeof number !== 'number' || !Number.isInteger(number)) throw wrongType(place, kind)
    if (number < minimum || number > maximum) throw refuse(refused, place)
    return number
  }
}

function readBool(place: string, kind: string): Read {
  return (value) => {
    if (value === true || value === 'true' || value === 1) return true
    if (value === false || value === 'false' || value === 0) return false
    throw wrongType(place, kind)
  }
}

function readChoice(
  { enum: values = [], aliases = {}, refused = 'invalidArgs' }: FieldSchema,
  place: string,
  kind: string,
): Read {
  const known = new Map([...values.map((value) => [value, value] as const), ...Object.entries(aliases)])
  return (value) => {
    if (typeof value !== 'string' && typeof value !== 'number') throw wrongType(place, kind)
    const meant = known.get(String(value))
    if (meant === undefined) throw refuse(refused, place)
    return meant
  }
}

function readList({ items = {}, maxItems = Infinity, commas = false }: FieldSchema, place: string, kind: string): Read {
  const readItem = readerOf(items, place, kind)
  return (value) => {
    const given = commas && typeof value === 'string' ? value.split(',').map((item) => item.trim()) : value
    if (!Array.isArray(given)) throw wrongType(place, kind)
    if (given.length > maxItems) throw refuse('tooLong', place)
    return given.map(readItem)
  }
}

function readObject({ properties = {} }: FieldSchema, place: string, kind: string): Read {
  const fields = fieldsOf(properties, place).map(({ name, field, place: inside }) => ({
    name,
    read: readerOf(field, inside),
    isAbsent: absenceOf(field),
  }))
  return (value) => {
    if (!isObject(value)) throw wrongType(place, kind)
    const read: Record<string, unknown> = {}
    for (const field of fields) {
      const part = value[field.name]
      if (!field.isAbsent(part)) read[field.name] = field.read(part)
    }
    return read
  }
}

const KINDS: Record<string, string> = { string: 'a string', integer: 'an integer', boolean: 'a boolean' }

/** What people who write JSON call a type. */
const kindOf = ({ type = '', items }: FieldSchema): string =>
  items ? `an array of ${items.type}s` : (KINDS[type] ?? 'a JSON object')

export const wrongType = (place: string, kind: string): Refusal =>
  refuse('dataFormat', `${place || 'the body'} is not ${kind}`)

type Demand = (value: unknown) => void

/** Makes the function that refuses a value in which a required field is missing, however deep. */
function demander(schema: FieldSchema, place: string): Demand {
  if (schema.type === 'array') return demandInItems(schema, place)
  if (schema.type === 'object') return demandFields(schema, place)
  return () => {}
}

function demandInItems({ items = {} }: FieldSchema, place: string): Demand {
  if (items.type !== 'object') return () => {}
  const demand = demander(items, place)
  return (value) => {
    if (Array.isArray(value)) value.forEach(demand)
  }
}

function demandFields({ properties = {}, required = [] }: FieldSchema, place: string): Demand {
  const fields = fieldsOf(properties, place)
    .map(({ name, field, place: inside }) => ({
      name,
      place: inside,
      isAbsent: absenceOf(field),
      missing: required.includes(name) ? (field.missing ?? 'missingFields') : undefined,
      demand: field.type === 'object' || field.type === 'array' ? demander(field, inside) : undefined,
    }))
    .filter(({ missing, demand }) => missing ?? demand)
  return (value) => {
    if (!isObject(value)) return
    for (const field of fields) {
      const part = value[field.name]
      if (!field.isAbsent(part)) field.demand?.(part)
      else if (field.missing) throw refuse(field.missing, field.place)
    }
  }
}

/** The fields of an object and what each is called. */
function fieldsOf(properties: Record<string, FieldSchema>, place: string) {
  const inside = place === '' ? '' : place === 'm_data' ? 'm_data.' : `${place}().`
  return Object.entries(properties).map(([name, field]) => ({ name, field, place: inside + name }))
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Makes the function that tells whether a value stands for a field that is not there. */
function absenceOf({ type, zero_is_absent }: FieldSchema): (value: unknown) => boolean {
  const scalar = type !== 'array'
  return (value) =>
    value === undefined ||
    value === null ||
    value === '' ||
    (zero_is_absent && isZero(value)) ||
    (scalar && Array.isArray(value) && value.length === 0)
}

export const isZero = (value: unknown): boolean => value === 0 || value === '0'
