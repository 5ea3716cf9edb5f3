import { refuse } from '../../errors.ts'
import { hasCustomCodes } from '../card/codes.ts'
import { isKnown } from '../card/deposit.ts'
import type { Command } from '../command.ts'
import { alreadyConsumed } from './consume.ts'
import { findCode } from './find.ts'
import { checkReadable } from './number.ts'
import { statusOf } from './status.ts'

export interface UpdateCode {
  code: string
  card_id?: string
  new_code: string
}

/**
 * 更改Code: gives a custom code another number, as after a gift, so that its former holder cannot use it. It stays the
 * same code, with its holder, state and history.
 */
export const updateCode: Command<UpdateCode, null> = ({ code, card_id, new_code }, { rows, now }) => {
  const { held, card } = findCode(rows, code, card_id)
  if (!hasCustomCodes(card.face)) throw refuse('notSupported', 'the codes of this card are generated')
  if (held.status === 'CONSUMED') throw alreadyConsumed(held)
  const status = statusOf(held, card.face, now)
  if (['GIFTING', 'DELETE', 'UNAVAILABLE'].includes(status)) throw refuse('invalidUserCardStatus', status)
  checkReadable(new_code)
  if (isKnown(rows, held.card_id, new_code)) throw refuse('sameCode')
  const { openid } = held
  const fact = { kind: 'code_changed', at: now, card_id: held.card_id, code, openid, detail: { new_code } } as const
  return { facts: [fact], answer: null }
}
