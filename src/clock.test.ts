import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DAY_S, dateOf, dayOfDate, openCalendar, systemNow } from './clock.ts'

const HOUR_S = 3600

const utc = (text: string): number => Date.parse(`${text}Z`) / 1000

test('now is the present second, without a fraction', () => {
  const now = systemNow()
  assert.ok(Number.isInteger(now))
  assert.ok(Math.abs(now - Date.now() / 1000) <= 1)
})

test('a day in Shanghai begins at 16:00 UTC of the day before', () => {
  const shanghai = openCalendar('Asia/Shanghai')
  assert.equal(shanghai.startOfDay(utc('2015-10-01T04:00:00'), 0), utc('2015-09-30T16:00:00'))
  assert.equal(shanghai.startOfDay(utc('2015-10-01T04:00:00'), 90), utc('2015-12-29T16:00:00'))
  assert.equal(shanghai.startOfDay(utc('2015-10-01T04:00:00'), -1), utc('2015-09-29T16:00:00'))
})

test('the first and the last second of a day belong to it, the next one to the day after', () => {
  const shanghai = openCalendar('Asia/Shanghai')
  const first = utc('2016-02-28T16:00:00')
  assert.equal(shanghai.startOfDay(first, 0), first)
  assert.equal(shanghai.startOfDay(first + DAY_S - 1, 0), first)
  assert.equal(shanghai.startOfDay(first + DAY_S, 0), first + DAY_S)
  assert.equal(shanghai.startOfDay(first - 1, 0), first - DAY_S)
})

test('zones far in the east and far in the west have days of their own', () => {
  const at = utc('2024-01-01T10:30:00')
  assert.equal(openCalendar('Pacific/Kiritimati').startOfDay(at, 0), utc('2024-01-01T10:00:00'))
  assert.equal(openCalendar('Pacific/Pago_Pago').startOfDay(at, 0), utc('2023-12-31T11:00:00'))
  assert.equal(openCalendar('Asia/Kathmandu').startOfDay(at, 0), utc('2023-12-31T18:15:00'))
  assert.equal(openCalendar('UTC').startOfDay(at, 0), utc('2024-01-01T00:00:00'))
})

test('a day that loses an hour has 23, one that gains an hour has 25', () => {
  const berlin = openCalendar('Europe/Berlin')
  const short = berlin.startOfDay(utc('2024-03-31T12:00:00'), 0)
  const long = berlin.startOfDay(utc('2024-10-27T12:00:00'), 0)
  assert.equal(berlin.startOfDay(short, 1) - short, 23 * HOUR_S)
  assert.equal(berlin.startOfDay(long, 1) - long, 25 * HOUR_S)
  assert.equal(berlin.startOfDay(long + 24.5 * HOUR_S, 0), long)
  assert.equal(berlin.startOfDay(short + 22 * HOUR_S, 7), utc('2024-04-06T22:00:00'))
})

test('a day whose midnight is left out begins at one', () => {
  const cairo = openCalendar('Africa/Cairo')
  const thursday = utc('2024-04-25T12:00:00')
  assert.equal(cairo.startOfDay(thursday, 1), utc('2024-04-25T22:00:00'))
  assert.equal(cairo.startOfDay(thursday + DAY_S, 0), utc('2024-04-25T22:00:00'))
  assert.equal(cairo.startOfDay(thursday + DAY_S, 1), utc('2024-04-26T21:00:00'))
})

test('a zone that does not exist is a RangeError', () => {
  for (const zone of ['Mars/Olympus', '', 'Asia/Peking2', '北京']) assert.throws(() => openCalendar(zone), RangeError)
})

const ZONES = [
  'Asia/Shanghai',
  'Asia/Kathmandu',
  'Asia/Beirut',
  'Africa/Cairo',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Havana',
  'Australia/Lord_Howe',
  'Europe/Berlin',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
]

const formats = new Map(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }),
  ]),
)

/** The date that a clock on the wall shows, as year-month-day. */
const dateAt = (zone: string, at: number): string => formats.get(zone)!.format(at * 1000)

/** By trying: the first second, in steps of a quarter of an hour, that shows the date this many days later. */
function startOfDayByTrying(zone: string, at: number, days: number): number {
  const noon = Date.parse(`${dateAt(zone, at)}T12:00Z`) / 1000 + days * DAY_S
  const wanted = new Date(noon * 1000).toISOString().slice(0, 10)
  let before = noon - 2 * DAY_S
  let from = noon + 2 * DAY_S
  while (from - before > 900) {
    const middle = before + Math.floor((from - before) / 1800) * 900
    if (dateAt(zone, middle) < wanted) before = middle
    else from = middle
  }
  return from
}

test('what the calendar remembers never differs from what it would reckon, in any zone and order of questions', () => {
  const from2012 = fc.integer({ min: utc('2012-01-01T00:00:00'), max: utc('2037-12-01T00:00:00') })
  const aFewDays = fc.integer({ min: -400, max: 400 })
  const visits = fc.record({
    at: from2012,
    // Several questions about the same day and its neighbours, as a busy server asks them.
    asked: fc.array(fc.record({ later: fc.integer({ min: -DAY_S, max: DAY_S }), days: aFewDays }), { maxLength: 6 }),
  })
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.array(visits, { minLength: 1, maxLength: 5 }), (zone, list) => {
      const calendar = openCalendar(zone)
      for (const { at, asked } of list) {
        for (const { later, days } of [{ later: 0, days: 0 }, ...asked]) {
          const told = calendar.startOfDay(at + later, days)
          assert.equal(told, startOfDayByTrying(zone, at + later, days), `${zone} ${at + later} ${days}`)
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('more days are asked for than the calendar remembers', () => {
  const calendar = openCalendar('America/New_York')
  const at = utc('2024-02-29T12:00:00')
  const ask = (): number[] => Array.from({ length: 2500 }, (_, days) => calendar.startOfDay(at, days))
  const first = ask()
  assert.deepEqual(ask(), first)
  assert.ok(first.every((start, days) => days === 0 || start > first[days - 1]!))
})

test('an instant falls in the day that the clock on the wall shows, in any zone and order of questions', () => {
  const at = fc.integer({ min: utc('2012-01-01T00:00:00'), max: utc('2037-12-01T00:00:00') })
  const nearby = fc.array(fc.integer({ min: -DAY_S, max: DAY_S }), { maxLength: 6 })
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.array(fc.tuple(at, nearby), { minLength: 1 }), (zone, list) => {
      const calendar = openCalendar(zone)
      for (const [at, nearby] of list) {
        for (const second of [0, ...nearby].map((later) => at + later)) {
          assert.equal(dateOf(calendar.dayOf(second)), dateAt(zone, second), `${zone} ${second}`)
          assert.equal(calendar.dayOf(calendar.startOfDay(second, 0)), calendar.dayOf(second))
          assert.equal(calendar.dayOf(calendar.startOfDay(second, 0) - 1), calendar.dayOf(second) - 1)
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('each day is written in one way, and read back from it', () => {
  assert.equal(dayOfDate('1970-01-01'), 0)
  assert.equal(dateOf(16_601), '2015-06-15')
  for (let day = dayOfDate('2011-12-31')!; day <= dayOfDate('2038-01-19')!; day++) {
    assert.equal(dayOfDate(dateOf(day)), day)
  }
  for (const text of ['2015-02-29', '2015-13-01', '2015-6-15', '2015-06-15T', '', '2015-06-15\n', '15-06-15']) {
    assert.equal(dayOfDate(text), undefined, text)
  }
})
