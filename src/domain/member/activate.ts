import { refuse } from '../../errors.ts'
import { alreadyConsumed } from '../code/consume.ts'
import { findCode } from '../code/find.ts'
import { isUsable, statusAt, validityOf } from '../code/status.ts'
import type { Command } from '../command.ts'
import type { Membership } from '../rows.ts'

export interface ActivateMember {
  code: string
  card_id?: string
  activate_begin_time?: number
  activate_end_time?: number
  membership: Membership
}

/** 激活会员卡: gives a member card its number and what is on it, and maybe a validity of its own. */
export const activateMember: Command<ActivateMember, null> = (request, { rows, now }) => {
  const { held, card } = findCode(rows, request.code, request.card_id)
  const { face } = card
  if (face.card_type !== 'MEMBER_CARD') throw refuse('notSupported', 'it is no member card')
  if (held.status === 'CONSUMED') throw alreadyConsumed(held)
  const validity = validityOf(held, face)
  const status = statusAt(held, validity, now)
  if (!isUsable(status)) throw refuse('invalidUserCardStatus', status)

  const { activate_begin_time, activate_end_time } = request
  const isOwn = activate_begin_time !== undefined || activate_end_time !== undefined
  const begin_time = isOwn ? (activate_begin_time ?? validity.begin_time) : null
  const end_time = isOwn ? (activate_end_time ?? validity.end_time) : null
  if (begin_time !== null && end_time !== null && end_time <= begin_time) {
    throw refuse('invalidTime', 'activate_end_time is not after activate_begin_time')
  }
  if (end_time !== null && end_time < now) throw refuse('invalidTime', 'activate_end_time is over')
  const { code, card_id, openid } = held
  const detail = request.membership
  return {
    facts: [{ kind: 'member_activated', at: now, card_id, code, openid, begin_time, end_time, detail }],
    answer: null,
  }
}
