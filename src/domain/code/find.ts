import { refuse } from '../../errors.ts'
import { hasCustomCodes } from '../card/codes.ts'
import type { CardRow, CodeRow, Rows } from '../rows.ts'

/** A code and the card it is of. */
export interface Held {
  held: CodeRow
  card: CardRow
}

/**
 * Which of the codes that bear one number a request means: the one of the card it names. Without a card_id only a code
 * generated here is found, since a merchant may give the same custom code out for several cards.
 */
export function pickEverHeld<One extends Held>(codes: readonly One[], card_id: string | undefined): One {
  const meant = codes.find(({ card }) =>
    card_id === undefined ? !hasCustomCodes(card.face) : card.card_id === card_id,
  )
  if (meant) return meant
  throw refuse('invalidSerialCode', card_id === undefined && codes.length > 0 ? 'a custom code needs its card_id' : '')
}

/** The same, of codes that someone has: one that a friend has taken under a new number is nobody's. */
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

/** A code in the hands of the holder who names it. Of anyone else's nothing is told. */
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
