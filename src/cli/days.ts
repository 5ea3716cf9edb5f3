import { dayOfDate, nowOf } from '../clock.ts'
import { ConfigError } from '../config.ts'
import { Expiry } from '../jobs/expire.ts'
import { catchUp } from '../jobs/keeper.ts'
import { merchantOf, type CommonOptions, type Session } from './session.ts'

/** The merchant, once everything that has happened to it so far is counted. */
export async function caughtUp({ ledger, store, calendar }: Session, options: CommonOptions) {
  const merchant = await merchantOf(options, store)
  const { appid } = merchant
  const now = nowOf(merchant)
  await catchUp(ledger, new Expiry(store, ledger), appid, now)
  return { appid, today: calendar.dayOf(now) }
}

/** @throws ConfigError if it is not a day */
export function readDay(option: string, date: string | undefined): number | undefined {
  const day = date === undefined ? undefined : dayOfDate(date)
  if (date !== undefined && day === undefined) throw new ConfigError(`${option}: a day such as 2015-06-15, not ${date}`)
  return day
}
