import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CALENDAR, NOW, reasonOf, refusal } from '../../test/support/given.ts'
import { dateOf, openCalendar } from '../clock.ts'
import { daysOf } from './period.ts'

const dates = (begin: unknown, end: unknown, now = NOW, calendar = CALENDAR): string[] =>
  daysOf(begin, end, now, calendar).map(dateOf)

test('both ends of a period are in it, in the order of the calendar', () => {
  assert.deepEqual(dates('2015-06-15', '2015-06-15'), ['2015-06-15'])
  assert.deepEqual(dates('2015-06-29', '2015-07-02'), ['2015-06-29', '2015-06-30', '2015-07-01', '2015-07-02'])
  assert.deepEqual(dates('2012-02-28', '2012-03-01'), ['2012-02-28', '2012-02-29', '2012-03-01'])
})

test('a period has 62 days at most', () => {
  assert.equal(dates('2015-05-01', '2015-07-01').length, 62)
  assert.throws(() => dates('2015-05-01', '2015-07-02'), refusal('dateRange', '63 days'))
  assert.throws(() => dates('1970-01-01', '2015-06-15'), refusal('dateRange'))
})

test('a period does not end before it begins, nor on a day that has not begun', () => {
  assert.throws(() => dates('2015-06-16', '2015-06-15'), refusal('dateRange', 'end_date is before begin_date'))
  assert.deepEqual(dates('2015-10-01', '2015-10-01'), ['2015-10-01'], 'today')
  assert.throws(() => dates('2015-10-01', '2015-10-02'), refusal('dateRange', 'end_date is to come'))
})

test('which day it is depends on where the merchant is', () => {
  // Noon of 1 October in Shanghai: 18:00 on Kiritimati, and still 30 September in Los Angeles.
  const today = ['2015-10-01', '2015-10-01'] as const
  assert.equal(dates(...today, NOW, openCalendar('Pacific/Kiritimati')).length, 1)
  const losAngeles = openCalendar('America/Los_Angeles')
  assert.throws(() => dates(...today, NOW, losAngeles), refusal('dateRange'))
  const midnight = Date.parse('2015-10-01T07:00:00Z') / 1000
  assert.throws(() => dates(...today, midnight - 1, losAngeles), refusal('dateRange'))
  assert.equal(dates(...today, midnight, losAngeles).length, 1)
})

test('a date is written like 2015-06-15 and nothing else, and the message names the one that is not', () => {
  for (const date of [
    '2015-6-15',
    '15-06-15',
    '2015-06-15 ',
    ' 2015-06-15',
    '2015-06-15\n',
    '2015-06-15T00:00:00Z',
    '+002015-06-15',
    '２０１５-06-15',
    '2015-02-29',
    '2015-06-31',
    '2015-00-10',
    '2015-06-00',
    '2015-06-32',
    '0000-00-00',
    20_150_615,
    null,
    undefined,
    {},
    ['2015-06-15'],
    true,
  ]) {
    assert.throws(() => dates(date, '2015-06-15'), refusal('dateFormat', 'begin_date'), JSON.stringify(date))
    assert.throws(() => dates('2015-06-15', date), refusal('dateFormat', 'end_date'), JSON.stringify(date))
  }
  assert.equal(
    reasonOf(() => dates('2012-02-29', '2012-02-29')),
    undefined,
    'a leap year',
  )
})
