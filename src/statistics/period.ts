import { dayOfDate, type Calendar } from '../clock.ts'
import { refuse } from '../errors.ts'

const MAX_DAYS = 62

/** The days of a report, both ends included: at most 62, none in the future. */
export function daysOf(begin_date: unknown, end_date: unknown, now: number, calendar: Calendar): number[] {
  const begin = readDate(begin_date, 'begin_date')
  const end = readDate(end_date, 'end_date')
  if (end < begin) throw refuse('dateRange', 'end_date is before begin_date')
  if (end - begin + 1 > MAX_DAYS) throw refuse('dateRange', `${end - begin + 1} days`)
  if (end > calendar.dayOf(now)) throw refuse('dateRange', 'end_date is to come')
  return Array.from({ length: end - begin + 1 }, (_, place) => begin + place)
}

function readDate(date: unknown, name: string): number {
  const day = typeof date === 'string' ? dayOfDate(date) : undefined
  if (day === undefined) throw refuse('dateFormat', name)
  return day
}
