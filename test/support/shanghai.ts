/** The days of merchants: China is eight hours ahead of UTC all the year. */

export const DAY_S = 86_400
const AHEAD_S = 8 * 3600

/** The first second of the day that an instant falls in. */
export const startOfDay = (at: number): number => Math.floor((at + AHEAD_S) / DAY_S) * DAY_S - AHEAD_S

/** An instant as people there write it: `2026-12-29 23:59:59`. */
export const written = (at: number): string =>
  new Date((at + AHEAD_S) * 1000).toISOString().slice(0, 19).replace('T', ' ')

/** The first such instant after another one: `next(now, '10-01', '13:30:00')`. */
export function next(after: number, day: string, time: string): number {
  const year = Number(written(after).slice(0, 4))
  const inYear = (year: number): number => Date.parse(`${year}-${day}T${time}+08:00`) / 1000
  return inYear(year) > after ? inYear(year) : inYear(year + 1)
}
