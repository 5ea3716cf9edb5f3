import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from './client.ts'
import { dateIn } from './recount.ts'

/** Days of merchants anywhere, by the clocks on their walls. */

/** The first second that shows a date, by trying. */
export function startOf(date: string, time_zone: string): number {
  const shown = dateIn(time_zone)
  const noon = Date.parse(`${date}T12:00:00Z`) / 1000
  let [before, from] = [noon - 2 * 86_400, noon + 2 * 86_400]
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2)
    if (shown(middle) < date) before = middle
    else from = middle
  }
  return from
}

/** Moves the clock of a sandbox merchant to a second and acts in that second. */
export async function actAt(client: Client, now: number, act: () => Promise<unknown>): Promise<void> {
  const passed = Date.now() % 1000
  if (passed > 500) await pause(1005 - passed)
  await client.ok('/sandbox/clock', { now })
  await act()
}
