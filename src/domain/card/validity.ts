import type { Calendar } from '../../clock.ts'
import { refuse } from '../../errors.ts'
import type { Face } from '../../shape/card/card.ts'
import type { CardRow } from '../rows.ts'

type DateInfo = Face['base_info']['date_info']

/** First and last second, both included. `end_time` null: no end. */
export interface Validity {
  begin_time: number
  end_time: number | null
}

const MISSING = 'm_data.base_info().date_info().'

/**
 * Refuses a validity that could never be used: members that its type needs are absent, or it ends before it begins or
 * before now.
 */
export function checkValidity({ card_type, base_info: { date_info } }: Face, now: number): void {
  const needed = {
    DATE_TYPE_FIX_TIME_RANGE: ['begin_timestamp', 'end_timestamp'],
    // fixed_begin_term is 0 if absent: some clients leave out zeros.
    DATE_TYPE_FIX_TERM: ['fixed_term'],
    DATE_TYPE_PERMANENT: [],
  } as const
  for (const name of needed[date_info.type]) {
    if (date_info[name] === undefined) throw refuse('missingFields', MISSING + name)
  }
  if (date_info.type === 'DATE_TYPE_PERMANENT' && card_type !== 'MEMBER_CARD') {
    throw refuse('invalidTime', 'DATE_TYPE_PERMANENT is for member cards')
  }
  const end = lastSecond(date_info)
  if (end !== undefined && end < now) throw refuse('invalidTime', 'end_timestamp is over')
  const range = fixedRange(date_info)
  if (range?.end_time && range.end_time <= range.begin_time) {
    throw refuse('invalidTime', 'end_timestamp is not after begin_timestamp')
  }
}

/** The last second of every code of a card, if it has one. Some clients write 0 if there is none. */
export function lastSecond({ type, end_timestamp }: DateInfo): number | undefined {
  return type === 'DATE_TYPE_FIX_TIME_RANGE' ? end_timestamp : end_timestamp || undefined
}

/** The range that all codes of a card share; undefined if each code has its own. */
export function fixedRange({ type, begin_timestamp = 0, end_timestamp = 0 }: DateInfo): Validity | undefined {
  return type === 'DATE_TYPE_FIX_TIME_RANGE' ? { begin_time: begin_timestamp, end_time: end_timestamp } : undefined
}

/** The card with the end of its range, if that lies before a second. */
export function endedCard(
  { card_id, face }: CardRow,
  before: number,
): { card_id: string; end_time: number } | undefined {
  const end_time = fixedRange(face.base_info.date_info)?.end_time ?? null
  return end_time !== null && end_time < before ? { card_id, end_time } : undefined
}

/**
 * The validity that a code gets when it is received, undefined if it follows its card's range.
 *
 * A term counts days of the merchant's calendar: 90 days received on 1 October last from its first second to the last
 * one of 29 December. A term of 0 days, which the specification defines as "the day of receipt", counts as one.
 */
export function validityAtReceipt(date_info: DateInfo, now: number, calendar: Calendar): Validity | undefined {
  const { type, fixed_term = 0, fixed_begin_term = 0 } = date_info
  if (type === 'DATE_TYPE_FIX_TIME_RANGE') return undefined
  if (type === 'DATE_TYPE_PERMANENT') return { begin_time: now, end_time: null }
  const end_time = calendar.startOfDay(now, fixed_begin_term + Math.max(fixed_term, 1)) - 1
  return {
    begin_time: calendar.startOfDay(now, fixed_begin_term),
    end_time: Math.min(end_time, lastSecond(date_info) ?? end_time),
  }
}

/**
 * A validity after card/update: a fixed range may begin earlier and end later, nothing else may change. Some clients
 * write 0 for a second that they do not know.
 */
export function widen(before: DateInfo, change: Partial<DateInfo>): DateInfo {
  const { type = before.type } = change
  const begin_timestamp = change.begin_timestamp || before.begin_timestamp
  const end_timestamp = change.end_timestamp || before.end_timestamp
  const isSame = begin_timestamp === before.begin_timestamp && end_timestamp === before.end_timestamp
  if (type === 'DATE_TYPE_FIX_TERM' || type !== before.type) throw refuse('invalidDateInfo')
  if (isSame) return before
  const isWider =
    type === 'DATE_TYPE_FIX_TIME_RANGE' &&
    begin_timestamp! <= before.begin_timestamp! &&
    end_timestamp! >= before.end_timestamp!
  if (!isWider) throw refuse('invalidDateInfo')
  return { ...before, begin_timestamp: begin_timestamp!, end_timestamp: end_timestamp! }
}
