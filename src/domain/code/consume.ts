import { refuse } from '../../errors.ts'
import type { Command } from '../command.ts'
import { hasRedeemed, redeemedIn } from '../holder/holding.ts'
import type { CodeRow, Rows } from '../rows.ts'
import { findCode, type Held } from './find.ts'
import { hindranceOf, statusAt, useLimitOf, validityOf } from './status.ts'

export interface ConsumeCode {
  code: string
  card_id?: string
  /** The shop it is redeemed in. */
  location_id?: number
  /** The cashier. */
  staff_openid?: string
}

export interface Consumed {
  card_id: string
  openid: string
}

/** 核销: uses a code up, once. If two tills scan it together, one is told that it is gone. */
export const consumeCode: Command<ConsumeCode, Consumed> = ({ code, card_id, ...where }, { rows, now }) => {
  const { held, card } = findCode(rows, code, card_id)
  if (held.status === 'CONSUMED') throw alreadyConsumed(held)
  const validity = validityOf(held, card.face)
  const hindrance = hindranceOf(statusAt(held, validity, now), validity, now)
  if (hindrance) throw hindrance
  if (isUseLimitReached(rows, { held, card })) throw refuse('consumeRestricted', 'use_limit is reached')
  const { openid } = held
  return {
    facts: [
      {
        kind: 'code_consumed',
        at: now,
        card_id: held.card_id,
        code,
        openid,
        ...(Object.keys(where).length > 0 && { detail: where }),
      },
    ],
    answer: { card_id: held.card_id, openid },
  }
}

function isUseLimitReached(rows: Rows, { held: { card_id, openid }, card }: Held): boolean {
  const limit = useLimitOf(card.face)
  return (
    hasRedeemed(rows.counted(card_id, openid), limit) ??
    // At least one of their codes, this one, is not redeemed.
    (rows.holding(card_id, openid).codes > limit && redeemedIn(rows.codesOfHolder(card_id, openid)) >= limit)
  )
}

export const alreadyConsumed = ({ card_id, code }: CodeRow) =>
  refuse('alreadyConsumed', '', { _card: card_id, _code: code })
