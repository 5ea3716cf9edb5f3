import { refuse, type Refusal } from '../../errors.ts'
import type { Face } from '../../shape/card/card.ts'
import { fixedRange, type Validity } from '../card/validity.ts'
import type { CodeRow, StoredStatus } from '../rows.ts'

/** user_card_status: what a code is at one moment. */
export type CodeStatus = StoredStatus | 'GIFT_TIMEOUT'

/** How many codes of a card a holder may receive and redeem if the card does not say; older cards then say 0. */
export const DEFAULT_LIMIT = 50

/** A code follows its card's fixed range, even when that is widened later; otherwise it has a validity of its own. */
export function validityOf(held: Pick<CodeRow, 'begin_time' | 'end_time'>, face: Face): Validity {
  const { begin_time, end_time } = held
  return begin_time === null ? fixedRange(face.base_info.date_info)! : { begin_time, end_time }
}

/** As answers show it: 0 if there is no end. */
export const shownEnd = (end_time: number | null): number => end_time ?? 0

/**
 * Worked out from the time, never waited for: a gift that nobody took is the giver's again from the second after its
 * last one, and a code is expired from the second after its own.
 */
export function statusAt(
  { status, gift_expire_time }: Pick<CodeRow, 'status' | 'gift_expire_time'>,
  { end_time }: Validity,
  now: number,
): CodeStatus {
  const isBack = gift_expire_time !== null && now > gift_expire_time
  // Widening a range brings its expired codes back, as what they were.
  const state = isBack ? 'GIFT_TIMEOUT' : status === 'EXPIRE' ? 'NORMAL' : status
  return isUsable(state) && end_time !== null && now > end_time ? 'EXPIRE' : state
}

export const statusOf = (held: CodeRow, face: Face, now: number): CodeStatus =>
  statusAt(held, validityOf(held, face), now)

/** Is it a state that time can end? */
export const mayExpire = (status: StoredStatus): boolean => status === 'NORMAL' || status === 'GIFTING'

/** NORMAL, or back from a gift that nobody took. */
export const isUsable = (status: CodeStatus): boolean => status === 'NORMAL' || status === 'GIFT_TIMEOUT'

/** Why a code cannot be redeemed now, whatever else its holder has redeemed. */
export function hindranceOf(status: CodeStatus, { begin_time }: Validity, now: number): Refusal | undefined {
  if (!isUsable(status)) return refuse('invalidUserCardStatus', status)
  if (now < begin_time) return refuse('consumeRestricted', 'the code is not valid yet')
  return undefined
}

/** How many codes of the card one holder may redeem. */
export const useLimitOf = ({ base_info }: Face): number => base_info.use_limit || DEFAULT_LIMIT
