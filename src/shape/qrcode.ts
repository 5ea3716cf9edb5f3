import type { Static } from 'typebox'
import { refuse } from '../errors.ts'
import { bool, card_id, code, int, list, LARGEST_INT, object, openid, optional, outer_str } from './field.ts'
import { isObject, reader } from './read.ts'

/** What card/qrcode/create asks for. */
export interface WantedQrCode {
  /** How long it lasts. */
  expire_seconds: number
  is_unique_code: boolean
  offers: readonly { card_id: string; code?: string; openid?: string; outer_str?: string }[]
}

const MAX_CARDS = 5

/** The default: a year for one card, ninety days for several, as the live service answers. */
const USUAL_SECONDS = { QR_CARD: 365 * 86_400, QR_MULTIPLE_CARD: 90 * 86_400 }

/** 0 stands for none given. */
const expire_seconds = optional(int(0, LARGEST_INT))

/** The channel as a number, from before outer_str. */
const outer_id = optional(int(0, Number.MAX_SAFE_INTEGER))

const offer = object({
  card_id,
  code: optional(code),
  openid: optional(openid),
  is_unique_code: optional(bool()),
  outer_id,
  outer_str,
  expire_seconds,
})

const readTop = reader(object({ expire_seconds }))
const readOne = reader(offer, 'action_info.card')
const readSeveral = reader(list(offer, Infinity), 'action_info.multiple_card.card_list')

/**
 * Reads `{ action_name: 'QR_CARD', expire_seconds, action_info: { card: { card_id, … } } }`, or with QR_MULTIPLE_CARD
 * `action_info: { multiple_card: { card_list: [{ card_id, … }] } }`. Some clients put expire_seconds into the card.
 */
export function readQrCode(body: unknown): WantedQrCode {
  const top = readTop(body)
  const { action_name, action_info } = body as { action_name?: unknown; action_info?: unknown }
  if (action_name === 'QR_CARD') {
    const card = memberOf(action_info, 'card')
    if (!isObject(card)) throw refuse('invalidActionInfo', 'action_info.card')
    const { is_unique_code = false, expire_seconds, ...one } = readOne(card)
    return {
      expire_seconds: lifeOf(top.expire_seconds || expire_seconds, USUAL_SECONDS.QR_CARD),
      is_unique_code,
      offers: [offerOf(one)],
    }
  }
  if (action_name !== 'QR_MULTIPLE_CARD') throw refuse('invalidActionName')
  const cards = memberOf(memberOf(action_info, 'multiple_card'), 'card_list')
  if (!Array.isArray(cards) || cards.length === 0) {
    throw refuse('invalidActionInfo', 'action_info.multiple_card.card_list')
  }
  if (cards.length > MAX_CARDS) throw refuse('tooManyCards')
  return {
    expire_seconds: lifeOf(top.expire_seconds, USUAL_SECONDS.QR_MULTIPLE_CARD),
    is_unique_code: false,
    offers: readSeveral(cards).map(offerOf),
  }
}

const SHORTEST_S = 60
const LONGEST_S = 1800

function lifeOf(wanted: number | undefined, usual: number): number {
  if (!wanted) return usual
  if (wanted < SHORTEST_S || wanted > LONGEST_S) {
    throw refuse('invalidArgs', `expire_seconds: ${SHORTEST_S} to ${LONGEST_S}, or none`)
  }
  return wanted
}

function offerOf({ card_id, code, openid, outer_id, outer_str }: Static<typeof offer>) {
  const channel = outer_str ?? (outer_id ? String(outer_id) : undefined)
  return {
    card_id,
    ...(code !== undefined && { code }),
    ...(openid !== undefined && { openid }),
    ...(channel !== undefined && { outer_str: channel }),
  }
}

const memberOf = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined)
