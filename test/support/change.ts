import { getCard, type ShownCard } from './acts.ts'
import type { Answer, Client } from './client.ts'
import { withAt } from './paths.ts'

/** card/update, as merchants send it. */

/** The fields of a request, and nothing that stands above them. */
export interface Changed {
  base_info?: object | null
  [field: string]: unknown
}

export const changeBody = (card_id: string, card_type: string, fields: Changed): object => ({
  card_id,
  [card_type.toLowerCase()]: fields,
})

export const change = (client: Client, card_id: string, card_type: string, fields: Changed): Promise<Answer> =>
  client.post('/card/update', changeBody(card_id, card_type, fields))

/** The same of a GROUPON and its base_info, which most tests need. */
export const changeBase = (client: Client, card_id: string, base_info: object): Promise<Answer> =>
  change(client, card_id, 'GROUPON', { base_info })

/** A card as card/get shows it, but for the second at which it was last changed. */
export async function faceOf(client: Client, card_id: string): Promise<ShownCard> {
  return withAt(await getCard(client, card_id), 'base_info.update_time', undefined)
}

/** A value and the objects around it: `a.b` and 5 is `{ a: { b: 5 } }`. */
export const nested = (path: string, value: unknown): Record<string, unknown> =>
  path.split('.').reduceRight<unknown>((inside, name) => ({ [name]: inside }), value) as Record<string, unknown>
