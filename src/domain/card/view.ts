import { findOwnCode } from '../code/find.ts'
import { statusAt, validityOf, type CodeStatus } from '../code/status.ts'
import type { Command } from '../command.ts'
import type { CardRow } from '../rows.ts'
import { findCard, findLivingCard } from './find.ts'
import type { Validity } from './validity.ts'

export interface ViewCard {
  card_id: string
  openid: string
  /** The holder's own code that is opened. */
  code?: string
  outer_str?: string
}

/** What is seen. */
export interface Viewed {
  card: CardRow
  code?: Validity & { code: string; status: CodeStatus }
}

/** Someone opened the card, or a code of it: that is counted, and nothing else happens. */
export const viewCard: Command<ViewCard, Viewed> = ({ card_id, openid, code, outer_str = null }, { rows, now }) => {
  const card = code === undefined ? findLivingCard(rows, card_id) : findCard(rows, card_id)
  const facts = [{ kind: 'card_viewed', at: now, card_id, openid, outer_str }] as const
  if (code === undefined) return { facts, answer: { card } }
  const { held } = findOwnCode(rows, { code, card_id, openid })
  const validity = validityOf(held, card.face)
  return { facts, answer: { card, code: { code, status: statusAt(held, validity, now), ...validity } } }
}
