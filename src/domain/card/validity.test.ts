import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DAY_S, openCalendar } from '../../clock.ts'
import { aFace, CALENDAR, NOW, PERMANENT, RANGE, reasonOf, refusal, term } from '../../../test/support/given.ts'
import type { Face } from '../../shape/card/card.ts'
import { checkValidity, fixedRange, validityAtReceipt } from './validity.ts'

type DateInfo = Face['base_info']['date_info']

const check = (date_info: DateInfo, card_type: Face['card_type'] = 'GROUPON', now = NOW): void =>
  checkValidity(aFace({ card_type, base_info: { date_info } }), now)

const shanghai = (text: string): number => Date.parse(`${text}+08:00`) / 1000

test('the specification’s example: 90 days received on 1 October last until 29 December', () => {
  const received = shanghai('2013-10-01T15:30:00')
  assert.deepEqual(validityAtReceipt(term(90), received, CALENDAR), {
    begin_time: shanghai('2013-10-01T00:00:00'),
    end_time: shanghai('2013-12-29T23:59:59'),
  })
})

test('a live code: 90 days received on 28 June 2016', () => {
  assert.deepEqual(validityAtReceipt(term(90), 1_467_100_000, CALENDAR), {
    begin_time: 1_467_043_200,
    end_time: 1_474_819_199,
  })
})

test('a term of no days is the day of receipt, as one day is', () => {
  const day = { begin_time: shanghai('2015-10-01T00:00:00'), end_time: shanghai('2015-10-01T23:59:59') }
  assert.deepEqual(validityAtReceipt(term(0), NOW, CALENDAR), day)
  assert.deepEqual(validityAtReceipt(term(1), NOW, CALENDAR), day)
  assert.deepEqual(validityAtReceipt(term(1), day.begin_time, CALENDAR), day)
  assert.deepEqual(validityAtReceipt(term(1), day.end_time, CALENDAR), day)
})

test('a term may begin some days after receipt', () => {
  assert.deepEqual(validityAtReceipt(term(2, 3), NOW, CALENDAR), {
    begin_time: shanghai('2015-10-04T00:00:00'),
    end_time: shanghai('2015-10-05T23:59:59'),
  })
})

test('a term ends with the card’s own end where that comes first', () => {
  const end_timestamp = shanghai('2015-10-03T12:00:00')
  assert.equal(validityAtReceipt(term(90, 0, { end_timestamp }), NOW, CALENDAR)?.end_time, end_timestamp)
  assert.equal(
    validityAtReceipt(term(1, 0, { end_timestamp }), NOW, CALENDAR)?.end_time,
    shanghai('2015-10-01T23:59:59'),
  )
})

test('days are those of the merchant’s zone, whatever hours they have', () => {
  const berlin = openCalendar('Europe/Berlin')
  const received = Date.parse('2024-03-30T12:00:00+01:00') / 1000
  assert.deepEqual(validityAtReceipt(term(2), received, berlin), {
    begin_time: Date.parse('2024-03-30T00:00:00+01:00') / 1000,
    end_time: Date.parse('2024-03-31T23:59:59+02:00') / 1000,
  })
})

test('a term of so many days lasts so many days of Shanghai, to the second, whenever it is received', () => {
  const day = fc.integer({ min: 0, max: 36_500 })
  fc.assert(
    fc.property(day, day, fc.integer({ min: 1_388_505_600, max: 2 ** 31 - 1 }), (days, later, now) => {
      const { begin_time, end_time } = validityAtReceipt(term(days, later), now, CALENDAR)!
      assert.equal(end_time! + 1 - begin_time, Math.max(days, 1) * DAY_S)
      const today = now - ((now + 8 * 3600) % DAY_S)
      assert.equal(begin_time, today + later * DAY_S)
    }),
    { numRuns: 1000 },
  )
})

test('a fixed range is shared by all codes, and kept unrounded', () => {
  const range: DateInfo = { ...RANGE, begin_timestamp: 1_514_364_455, end_timestamp: 1_523_090_855 }
  assert.deepEqual(fixedRange(range), { begin_time: 1_514_364_455, end_time: 1_523_090_855 })
  assert.equal(validityAtReceipt(range, NOW, CALENDAR), undefined)
  assert.equal(fixedRange(term(9)), undefined)
  assert.equal(fixedRange(PERMANENT), undefined)
})

test('a validity for ever begins with the receipt', () => {
  assert.deepEqual(validityAtReceipt(PERMANENT, NOW, CALENDAR), { begin_time: NOW, end_time: null })
})

test('each type needs its members, and the first that is absent is named', () => {
  const place = 'm_data.base_info().date_info().'
  for (const [date_info, missing] of [
    [{ type: 'DATE_TYPE_FIX_TIME_RANGE' }, 'begin_timestamp'],
    [{ type: 'DATE_TYPE_FIX_TIME_RANGE', begin_timestamp: NOW, fixed_term: 9 }, 'end_timestamp'],
    [{ type: 'DATE_TYPE_FIX_TERM', begin_timestamp: NOW, end_timestamp: NOW + 9 }, 'fixed_term'],
  ] as const) {
    assert.throws(() => check(date_info), refusal('missingFields', place + missing))
  }
})

test('a term without fixed_begin_term, which some clients leave out where it is 0, begins at receipt', () => {
  const date_info = { type: 'DATE_TYPE_FIX_TERM', fixed_term: 9 } as const
  check(date_info)
  assert.deepEqual(validityAtReceipt(date_info, NOW, CALENDAR), validityAtReceipt(term(9, 0), NOW, CALENDAR))
})

test('for ever is for member cards', () => {
  check(PERMANENT, 'MEMBER_CARD')
  for (const card_type of ['GROUPON', 'BUS_TICKET', 'CASH'] as const) {
    assert.throws(() => check(PERMANENT, card_type), refusal('invalidTime', 'DATE_TYPE_PERMANENT is for member cards'))
  }
})

test('a range must end after it begins, and not before now', () => {
  const range = (begin_timestamp: number, end_timestamp: number): DateInfo => ({
    ...RANGE,
    begin_timestamp,
    end_timestamp,
  })
  check(range(NOW - 9, NOW))
  check(range(NOW + 5, NOW + 6))
  assert.throws(() => check(range(NOW - 9, NOW - 1)), refusal('invalidTime', 'end_timestamp is over'))
  assert.throws(() => check(range(NOW + 9, NOW + 8)), refusal('invalidTime', /not after begin_timestamp/))
  assert.throws(() => check(range(NOW + 9, NOW + 9)), refusal('invalidTime'))
  assert.throws(() => check(range(0, 0)), refusal('invalidTime'))
})

test('a term’s common end must not be over, and may be now', () => {
  check(term(9, 0, { end_timestamp: NOW }))
  assert.throws(() => check(term(9, 0, { end_timestamp: NOW - 1 })), refusal('invalidTime', 'end_timestamp is over'))
})

// Senparc in C# and several libraries in Go have plain numbers there, and send 0 for what was not set.
test('an end of 0 beside a term or beside for ever is no end', () => {
  const nothing = { begin_timestamp: 0, end_timestamp: 0 }
  const card = term(9, 0, nothing)
  check(card)
  assert.deepEqual(validityAtReceipt(card, NOW, CALENDAR), validityAtReceipt(term(9), NOW, CALENDAR))
  check({ ...PERMANENT, ...nothing, fixed_term: 0, fixed_begin_term: 0 }, 'MEMBER_CARD')
})

test('members that another type has are passed over', () => {
  check(term(9, 0, { begin_timestamp: NOW + 9 }))
  check({ ...RANGE, fixed_term: 0, fixed_begin_term: 7 })
})

test('a validity that passes gives every code received at that moment a first and a last second', () => {
  const second = fc.integer({ min: NOW - 40 * DAY_S, max: NOW + 40 * DAY_S })
  const dates: fc.Arbitrary<DateInfo> = fc.record(
    {
      type: fc.constantFrom('DATE_TYPE_FIX_TIME_RANGE', 'DATE_TYPE_FIX_TERM'),
      begin_timestamp: second,
      end_timestamp: second,
      fixed_term: fc.integer({ min: 0, max: 50 }),
      fixed_begin_term: fc.constant(0),
    },
    { requiredKeys: ['type'] },
  )
  fc.assert(
    fc.property(dates, (date_info) => {
      if (reasonOf(() => check(date_info)) !== undefined) return
      const { begin_time, end_time } = fixedRange(date_info) ?? validityAtReceipt(date_info, NOW, CALENDAR)!
      assert.ok(begin_time <= end_time! && end_time! >= NOW)
    }),
    { numRuns: 2000 },
  )
})
