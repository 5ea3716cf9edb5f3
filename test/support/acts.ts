import { cardBody } from './cards.ts'
import type { Client } from './client.ts'

/** What merchants and holders do in nearly every test, in a word each. */

/** @returns the card_id */
export async function createCard(
  client: Client,
  card_type?: string,
  base_info?: object,
  fields?: object,
): Promise<string> {
  const { card_id } = await client.ok('/card/create', cardBody(card_type, base_info, fields))
  return String(card_id)
}

type Json = Record<string, unknown>

export interface ShownCard {
  card_type: string
  base_info: Json & { id: string; status: string; sku: { quantity: number; total_quantity: number } }
  advanced_info: Json
  /** What stands beside base_info and advanced_info. */
  fields: Json
}

/** A card as card/get shows it. */
export async function getCard(client: Client, card_id: string): Promise<ShownCard> {
  const { card } = await client.ok('/card/get', { card_id })
  const { card_type, ...rest } = card as Json & { card_type: string }
  const { base_info, advanced_info, ...fields } = rest[card_type.toLowerCase()] as Json
  return { card_type, base_info: base_info as ShownCard['base_info'], advanced_info: advanced_info as Json, fields }
}

let holders = 0

/** A holder that nobody has met before, 28 characters like WeChat's. */
export const newOpenid = (): string => `oKaquan${String(++holders).padStart(21, '0')}`

/** @returns the code */
export async function receive(
  client: Client,
  card_id: string,
  openid = newOpenid(),
  more: object = {},
): Promise<string> {
  const { code } = await client.ok('/wallet/receive', { card_id, openid, ...more })
  return String(code)
}

/** What card/code/get says of a code, whatever state it is in. */
export const lookUp = (client: Client, code: string, card_id?: string): Promise<Json> =>
  client.ok('/card/code/get', { code, card_id, check_consume: false })
