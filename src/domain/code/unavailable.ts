import { refuse } from '../../errors.ts'
import type { Command } from '../command.ts'
import { alreadyConsumed } from './consume.ts'
import { findCode } from './find.ts'

export interface MakeUnavailable {
  code: string
  card_id?: string
  reason?: string
}

/**
 * 设置失效: takes a code out of use for good, as for a refund. A code that is expired or on its way to a friend can be
 * taken out too, since it may become usable again.
 */
export const makeUnavailable: Command<MakeUnavailable, null> = ({ code, card_id, reason }, { rows, now }) => {
  const { held } = findCode(rows, code, card_id)
  if (held.status === 'CONSUMED') throw alreadyConsumed(held)
  if (held.status === 'UNAVAILABLE' || held.status === 'DELETE') throw refuse('invalidUserCardStatus', held.status)
  return {
    facts: [
      {
        kind: 'code_made_unavailable',
        at: now,
        card_id: held.card_id,
        code,
        openid: held.openid,
        ...(reason !== undefined && { detail: { reason } }),
      },
    ],
    answer: null,
  }
}
