import { createCard } from './acts.ts'
import type { Client } from './client.ts'

/** Cards whose codes are deposited. */

export const DEPOSITED = {
  use_custom_code: true,
  get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT',
  sku: { quantity: 0 },
}

/** A new card whose codes are deposited, of which there are none yet. */
export const createDepositCard = (client: Client, base_info: object = {}): Promise<string> =>
  createCard(client, 'GROUPON', { ...DEPOSITED, ...base_info })

/** `A-0001`, `A-0002` and so on. */
export const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, place) => `${prefix}-${String(place + 1).padStart(4, '0')}`)

/** Deposits any number of codes, a hundred a call. */
export async function deposit(client: Client, card_id: string, codes: readonly string[]): Promise<void> {
  for (let from = 0; from < codes.length; from += 100) {
    await client.ok('/card/code/deposit', { card_id, code: codes.slice(from, from + 100) })
  }
}

/** A card with deposited codes, every one of which may be received. */
export async function createFullPool(
  client: Client,
  codes: readonly string[],
  base_info: object = {},
): Promise<string> {
  const card_id = await createDepositCard(client, base_info)
  await deposit(client, card_id, codes)
  await client.ok('/card/modifystock', { card_id, increase_stock_value: codes.length })
  return card_id
}
