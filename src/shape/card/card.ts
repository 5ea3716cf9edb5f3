import type Type from 'typebox'
import { refuse } from '../../errors.ts'
import { choice, object, optional } from '../field.ts'
import { reader } from '../read.ts'
import { advanced_info, type AdvancedInfo } from './advanced_info.ts'
import { base_info, type BaseInfo } from './base_info.ts'
import { CARD_TYPES, TYPE_FIELDS, type CardType } from './types.ts'

/** The fields of one type, as the merchant wrote them. */
export type TypeFields = Record<string, unknown>

/** What holders may do with a card by themselves, at most one of the two. */
export interface Cells {
  /** 微信买单: pay with it. */
  pay?: true
  /** 自助核销: redeem it, with a number that the shop shows, entering what was paid. */
  self_consume?: { need_verify_cod: boolean; need_remark_amount: boolean }
}

/** A card as the merchant wrote it. Its stock, state and times are not here: they change with every receipt. */
export interface Face {
  card_type: CardType
  base_info: Omit<BaseInfo, 'sku'>
  advanced_info?: AdvancedInfo
  fields: TypeFields
  cells?: Cells
}

/** Fields with their new values; null takes a field away. */
export interface FaceChanges {
  base_info: { [Name in keyof Face['base_info']]?: Face['base_info'][Name] | null }
  fields: TypeFields
}

export function changeFace(face: Face, { base_info, fields }: FaceChanges): Face {
  return {
    ...face,
    base_info: merge(face.base_info, base_info) as Face['base_info'],
    fields: merge(face.fields, fields) as TypeFields,
  }
}

const merge = (before: object, changes: object): object =>
  Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null))

const SECTIONS = { base_info, advanced_info: optional(advanced_info) }

/** One schema for each card type: base_info, advanced_info and the fields of the type. */
export const CARD_SCHEMAS = Object.fromEntries(
  CARD_TYPES.map((card_type) => [card_type, object({ ...SECTIONS, ...TYPE_FIELDS[card_type].properties })]),
) as Record<CardType, Type.TObject<typeof SECTIONS>>

const readHead = reader(
  object({
    card: object({ card_type: choice(CARD_TYPES, { refused: 'invalidCardType', missing: 'invalidCardType' }) }),
  }),
)

const readers = new Map(CARD_TYPES.map((card_type) => [card_type, reader(CARD_SCHEMAS[card_type], 'm_data')]))

/** The member that holds a card's fields. */
export const keyOf = (card_type: CardType): string => card_type.toLowerCase()

/** Reads the body of card/create: `{ card: { card_type, <card_type in lower case>: { base_info, … } } }`. */
export function readCard(body: unknown): { face: Face; quantity: number } {
  const { card_type } = readHead(body).card
  const { card } = body as { card: Record<string, unknown> }
  const key = keyOf(card_type)
  const other = CARD_TYPES.map(keyOf).find((name) => name !== key && Object.hasOwn(card, name))
  if (!Object.hasOwn(card, key)) throw other ? refuse('invalidCardType', other) : refuse('missingFields', key)
  if (hasFourth(card[key])) throw refuse('tooManyCustomFields')

  const { base_info: base, advanced_info: advanced, ...fields } = readers.get(card_type)!(card[key])
  const { sku, ...rest } = base
  const face: Face = { card_type, base_info: rest, fields }
  if (advanced) face.advanced_info = advanced
  return { face, quantity: sku.quantity }
}

/** Merchants have three fields and three cells of their own on a card: is there a fourth? */
export function hasFourth(fields: unknown): boolean {
  const { custom_field4, custom_cell4 } = Object(fields) as Record<string, unknown>
  return (custom_field4 ?? custom_cell4 ?? null) !== null
}
