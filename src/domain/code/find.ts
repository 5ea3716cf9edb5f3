import { refuse } from '../../errors.ts'
import { hasCustomCodes } from '../card/codes.ts'
import type { CardRow, CodeRow, Rows } from '../rows.ts'

/** A code and its card. */
export interface Held {
  held: CodeRow
  card: CardRow
}

/**
 * Picks, of the codes that bear one number, the one a request means: that of the card it names. Without a card_id only
 * a generated code is found, since a merchant may give out the same custom code for several cards.
 */
export function pickEverHeld<One extends Held>(codes: readonly One[], card_id: string | undefined): One {
  const meant = codes.find(({ card }) =>
    card_id === undefined ? !hasCustomCodes(card.face) : card.card_id === card_id,
  )
  if (meant) return meant
  throw refuse('invalidSerialCode', card_id === undefined && codes.length > 0 ? 'a custom code needs its card_id' : '')
}

/** The same, among codes that someone has: one that a friend has taken under a new number belongs to nobody. */
export function pickCode<One extends Held>(codes: readonly One[], card_id: string | undefined): One {
  return notGiven(pickEverHeld(codes, card_id))
}

function notGiven<One extends Held>(found: One): One {
  if (found.held.status === 'GIFT_SUCC') throw refuse('invalidSerialCode', 'it was given away')
  return found
}

export function findCode(rows: Rows, code: string, card_id: string | undefined): Held {
  return pickCode(heldUnder(rows, code), card_id)
}

const heldUnder = (rows: Rows, code: string): Held[] =>
  rows.codes(code).map((held) => ({ held, card: rows.card(held.card_id)! }))

/** A code in the hands of the holder who names it. Nothing is told of anyone else's. */
export function findOwnCode(rows: Rows, { code, card_id, openid }: OwnCode): Held {
  const found = pickEverHeld(heldUnder(rows, code), card_id)
  if (found.held.openid !== openid) throw refuse('invalidSerialCode')
  return notGiven(found)
}

export interface OwnCode {
  code: string
  card_id?: string
  openid: string
}
