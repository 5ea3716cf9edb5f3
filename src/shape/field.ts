import type Type from 'typebox'
import type { ErrorName } from '../errors.ts'

/**
 * The kinds of field that requests are made of. Each is a JSON schema, typed by TypeBox, from which the TypeScript type
 * of what is read follows. What WeChat adds to a field, such as a limit in bytes or an errcode of its own, stands
 * beside it as further keywords, which `reader` in read.ts obeys.
 */
export interface FieldKeywords {
  /** The errcode when a required field is absent; missingFields by default. */
  missing?: ErrorName
  /** The errcode when a value is outside its limits or its list; invalidArgs by default. */
  refused?: ErrorName
  /** May card/update change it, and does that send the card to review? Absent: it cannot be changed. */
  update?: 'free' | 'review'
  /** 0 stands for a number that is not given: clients without optional numbers send or drop it. */
  zero_is_absent?: true
  /** The errcode when card/update names a field that cannot be changed; invalidArgs by default. */
  fixed?: ErrorName
  /** One line for the reference. */
  about?: string
}

export interface TextKeywords extends FieldKeywords {
  /** Set if card/update allows another length than card/create. */
  update_bytes?: number
}

/** TypeBox's own functions would make the same schemas, but their 370 files take a quarter of a second of each start. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the type is what the schema stands for
const schema = <Schema extends Type.TSchema>(field: FieldSchema): Schema => field as unknown as Schema

/** @param bytes the limit, in UTF-8 bytes: a Chinese character takes three */
export const text = (bytes: number, keywords: TextKeywords = {}): Type.TString =>
  schema({ type: 'string', bytes, ...keywords })

export const int = (minimum: number, maximum: number, keywords: FieldKeywords = {}): Type.TInteger =>
  schema({ type: 'integer', minimum, maximum, ...keywords })

export const bool = (keywords: FieldKeywords = {}): Type.TBoolean => schema({ type: 'boolean', ...keywords })

interface ChoiceKeywords<T extends string> extends FieldKeywords {
  /** Old spellings that callers still send, and what they mean. */
  aliases?: Record<string, T>
}

export const choice = <const T extends string>(
  values: readonly T[],
  keywords: ChoiceKeywords<T> = {},
): Type.TUnsafe<T> => schema({ type: 'string', enum: values, ...keywords })

interface ListKeywords extends FieldKeywords {
  /** Also read from one text, with its items separated by commas, as some clients send it. */
  commas?: boolean
}

export const list = <T extends Type.TSchema>(item: T, maxItems: number, keywords: ListKeywords = {}): Type.TArray<T> =>
  schema({ type: 'array', items: item, maxItems, ...keywords })

export function object<T extends Type.TProperties>(fields: T, keywords: FieldKeywords = {}): Type.TObject<T> {
  const properties: Record<string, FieldSchema> = fields
  const required = Object.keys(fields).filter((name) => !properties[name]!.optional)
  return schema({ type: 'object', properties, required, ...keywords })
}

export const optional = <T extends Type.TSchema>(field: T): Type.TOptional<T> => schema({ ...field, optional: true })

/** The largest number WeChat accepts for points, money and durations. */
export const LARGEST_INT = 2 ** 31 - 1

/** The last second that a time on the wire, and so a sandbox's clock, can show: 2038-01-19. */
export const LAST_SECOND = 2 ** 31 - 1

export const seconds = (keywords: FieldKeywords = {}): Type.TInteger =>
  int(0, LAST_SECOND, { refused: 'invalidTime', ...keywords })

/** Money, in fen. */
export const fen = (keywords: FieldKeywords = {}): Type.TInteger => int(0, LARGEST_INT, keywords)

export const points = (keywords: FieldKeywords = {}): Type.TInteger => int(0, LARGEST_INT, keywords)

export const card_id = text(32, { missing: 'missingCardId', about: 'A card.' })

/** The samples in the specification have up to 20 bytes; card/code/update lets a custom code grow to 64. */
export const code = text(64, { missing: 'missingCode', about: 'One code of a card.' })

export const openid: Type.TString = schema({
  type: 'string',
  bytes: 64,
  pattern: '^[\\x21-\\x7e]*$',
  missing: 'invalidOpenid',
  refused: 'invalidOpenid',
  too_long: 'invalidOpenid',
  about: 'A holder.',
})

export const ticket = text(128, { missing: 'invalidCardExt', about: 'Of a QR code.' })

export const gift_ticket = text(128, { missing: 'invalidCardExt', about: 'Of a gift on its way.' })

/** 渠道: where a holder came from, as the merchant names it. */
export const outer_str = optional(text(128, { about: 'The channel.' }))

/** What a field's schema may hold, whatever its kind: for code that walks through schemas. */
export interface FieldSchema extends TextKeywords {
  type?: string
  optional?: true
  bytes?: number
  too_long?: ErrorName
  pattern?: string
  enum?: readonly string[]
  aliases?: Record<string, string>
  minimum?: number
  maximum?: number
  items?: FieldSchema
  maxItems?: number
  commas?: boolean
  properties?: Record<string, FieldSchema>
  required?: readonly string[] | undefined
}
