import type { Calendar } from '../../src/clock.ts'
import { Counting } from '../../src/statistics/sum.ts'
import type { Writer } from '../../src/store/store.ts'

/** Counts at most this many facts at once. @returns whether there may be more */
export function sumUp(writer: Writer, appid: string, calendar: Calendar, most: number): boolean {
  const counting = new Counting(writer, appid, calendar)
  if (!counting.look(most)) return false
  counting.count()
  return true
}
