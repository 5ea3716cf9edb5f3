import { Temporal } from 'temporal-polyfill'

/** Unix seconds, now. Times in rows, facts and on the wire are all Unix seconds. */
export const systemNow = (): number => Math.floor(Date.now() / 1000)

/** The same by a merchant's clock: a sandbox may have its own. */
export const nowOf = ({ clock_offset_s }: { clock_offset_s: number }, now = systemNow()): number => now + clock_offset_s

export const DAY_S = 86_400

/** The merchants' calendar: when each day begins, in one time zone. */
export interface Calendar {
  /**
   * The first second of the day that lies `days` days after the one `at` falls in. Days of 23 and 25 hours count as
   * days.
   */
  startOfDay(at: number, days: number): number
  /** The day that an instant falls in, as days since 1970-01-01: see dateOf. */
  dayOf(at: number): number
}

/** A day in writing: 2015-06-15. */
export const dateOf = (day: number): string => new Date(day * DAY_S * 1000).toISOString().slice(0, 10)

/** The day written so; undefined if it is written otherwise, or is not in the calendar. */
export function dayOfDate(date: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return undefined
  const day = Date.parse(`${date}T00:00:00Z`) / (DAY_S * 1000)
  return Number.isInteger(day) && dateOf(day) === date ? day : undefined
}

const REMEMBERED_DAYS = 1000

/** @param time_zone an IANA name, such as Asia/Shanghai; an unknown one throws a RangeError. */
export function openCalendar(time_zone: string): Calendar {
  const zoned = (at: number): Temporal.ZonedDateTime =>
    Temporal.Instant.fromEpochMilliseconds(at * 1000).toZonedDateTimeISO(time_zone)
  const seconds = (day: Temporal.ZonedDateTime): number => day.startOfDay().epochMilliseconds / 1000

  // Nearly every question is about today, so the bounds of the day asked last and the answers for it are kept.
  let today = { start: 0, end: 0, day: 0 }
  const later = new Map<number, number>()
  zoned(0)

  function goTo(at: number): void {
    if (at >= today.start && at < today.end) return
    const day = zoned(at)
    const { year, month, day: ofMonth } = day
    const number = Date.UTC(year, month - 1, ofMonth) / (DAY_S * 1000)
    today = { start: seconds(day), end: seconds(day.add({ days: 1 })), day: number }
    later.clear()
  }

  return {
    dayOf(at) {
      goTo(at)
      return today.day
    },
    startOfDay(at, days) {
      goTo(at)
      if (days === 0) return today.start
      let start = later.get(days)
      if (start === undefined) {
        start = seconds(zoned(today.start).add({ days }))
        if (later.size >= REMEMBERED_DAYS) later.clear()
        later.set(days, start)
      }
      return start
    },
  }
}
