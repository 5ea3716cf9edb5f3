import type { Source } from '../../domain/statistics.ts'
import type { Caller } from '../../server/endpoint.ts'
import { daysOf } from '../../statistics/period.ts'
import { choice, object } from '../../shape/field.ts'
import { reader } from '../../shape/read.ts'
import type { DayRow, DayScope } from '../../store/store.ts'
import { dateOf } from '../../clock.ts'

/** What the three reports share. */

/** cond_source: 0 for cards made in the console, 1 for those made by the API. */
const readSource = reader(object({ cond_source: choice(['0', '1']) }))

export interface Period {
  begin_date: unknown
  end_date: unknown
  source: Source
}

export function readPeriod(body: unknown): Period {
  const { begin_date, end_date } = Object(body) as Record<string, unknown>
  const { cond_source } = readSource(body)
  return { begin_date, end_date, source: cond_source === '0' ? 'console' : 'api' }
}

/** The days of a period that have counts; today's include everything so far. */
export async function readDays(period: Period, of: DayScope, caller: Caller): Promise<DayRow[]> {
  const { appid, now, store, calendar, keeper } = caller
  const days = daysOf(period.begin_date, period.end_date, now, calendar)
  await keeper.catchUp(appid, now)
  return store.days(appid, days, of)
}

const COUNTED = ['view', 'receive', 'verify', 'given', 'expire'] as const

type Counted = (typeof COUNTED)[number]

/** How often something was done, and by how many people. */
export const both = <Metric extends Counted>(metric: Metric, { sums }: DayRow) => ({
  [`${metric}_cnt`]: sums[`${metric}_cnt`],
  [`${metric}_user`]: sums[`${metric}_user`],
})

export const refDate = ({ day }: DayRow) => ({ ref_date: dateOf(day) })

/** Days on which nothing happened are not listed in reports about what happened. */
export const isActive = ({ sums }: DayRow): boolean => COUNTED.some((metric) => sums[`${metric}_cnt`] > 0)
