import { refuse } from '../../errors.ts'
import type { Command } from '../command.ts'
import { findOwnCode, type OwnCode } from './find.ts'
import { statusOf } from './status.ts'

/** The holder throws a code away. A code that is used up or on its way to a friend is left alone. */
export const deleteCode: Command<OwnCode, null> = (request, { rows, now }) => {
  const { held, card } = findOwnCode(rows, request)
  const status = statusOf(held, card.face, now)
  if (!['NORMAL', 'GIFT_TIMEOUT', 'EXPIRE'].includes(status)) throw refuse('invalidUserCardStatus', status)
  const { code, card_id, openid } = held
  return { facts: [{ kind: 'code_deleted', at: now, card_id, code, openid }], answer: null }
}
