import Type from 'typebox'
import { refuse } from '../../errors.ts'
import { choice, object, optional } from '../field.ts'
import { reader } from '../read.ts'
import { advanced_info, type AdvancedInfo } from './advanced_info.ts'
import { base_info, type BaseInfo } from './base_info.ts'
import { CARD_TYPES, TYPE_FIELDS, type CardType } from './types.ts'

/** The fields of one type, as the merchant wrote them. */
export type TypeFields = Record<string, unknown>

/** A card as the merchant wrote it. Its stock, state and times are not here: they change with every receipt. */
export interface Face {
  card_type: CardType
  base_info: Omit<BaseInfo, 'sku'>
  advanced_info?: AdvancedInfo
  fields: TypeFields
}

const SECTIONS = { base_info, advanced_info: optional(advanced_info) }

/** One schema for each card type: base_info, advanced_info and the fields of the type. */
export const CARD_SCHEMAS = Object.fromEntries(
  CARD_TYPES.map((card_type) => [card_type, object({ ...SECTIONS, ...TYPE_FIELDS[card_type].properties })]),
) as Record<CardType, Type.TObject<typeof SECTIONS>>

const readHead = reader(
  Type.Object({
    card: Type.Object({ card_type: choice(CARD_TYPES, { refused: 'invalidCardType', missing: 'invalidCardType' }) }),
  }),
)

const readers = new Map(CARD_TYPES.map((card_type) => [card_type, reader(CARD_SCHEMAS[card_type], 'm_data')]))

const keyOf = (card_type: CardType): string => card_type.toLowerCase()

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

function hasFourth(fields: unknown): boolean {
  return typeof fields === 'object' && fields !== null && ('custom_field4' in fields || 'custom_cell4' in fields)
}
