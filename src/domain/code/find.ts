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
export function pickCode<One extends Held>(codes: readonly One[], card_id: string | undefined): One {
  const meant = codes.find(({ card }) =>
    card_id === undefined ? !hasCustomCodes(card.face) : card.card_id === card_id,
  )
  if (meant) return meant
  throw refuse('invalidSerialCode', card_id === undefined && codes.length > 0 ? 'a custom code needs its card_id' : '')
}

export function findCode(rows: Rows, code: string, card_id: string | undefined): Held {
  const codes = rows.codes(code).map((held) => ({ held, card: rows.card(held.card_id)! }))
  return pickCode(codes, card_id)
}
