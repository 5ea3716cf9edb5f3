import { newOpenid, receive } from './acts.ts'
import type { Client } from './client.ts'

/** What holders do with the codes that they have. */

/** A code in someone's hand. */
export interface InHand {
  card_id: string
  code: string
  openid: string
}

let customCodes = 0

/** The number of a custom code that no card has yet. */
export const newCustomCode = (): string => `KQ-${String(++customCodes).padStart(6, '0')}`

/** Someone receives a code of a card. */
export async function take(client: Client, card_id: string, openid = newOpenid(), more: object = {}): Promise<InHand> {
  return { card_id, code: await receive(client, card_id, openid, more), openid }
}

/** The same of a card with custom codes. */
export const takeCustom = (client: Client, card_id: string, openid = newOpenid(), code = newCustomCode()) =>
  take(client, card_id, openid, { code })

export interface OnItsWay {
  gift_ticket: string
  expire_time: number
  url: string
}

export async function give(client: Client, hand: InHand): Promise<OnItsWay> {
  const { gift_ticket, expire_time, url } = await client.ok('/wallet/gift', hand)
  return { gift_ticket: String(gift_ticket), expire_time: Number(expire_time), url: String(url) }
}

/** A friend takes a gift. */
export async function accept(client: Client, gift_ticket: string, openid = newOpenid()): Promise<InHand> {
  const { card_id, code } = await client.ok('/wallet/gift/accept', { gift_ticket, openid })
  return { card_id: String(card_id), code: String(code), openid }
}

/** The numbers that getcardlist shows, in its order. */
export async function codesOf(client: Client, openid: string, card_id?: string): Promise<string[]> {
  const { card_list } = await client.ok('/card/user/getcardlist', { openid, card_id })
  return (card_list as { code: string }[]).map(({ code }) => code)
}

/** Moves the clock of a sandbox merchant; returns its time. */
export async function advance(client: Client, seconds: number): Promise<number> {
  return Number((await client.ok('/sandbox/clock', { advance: seconds }))['now'])
}
