import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aCode, aFace, NOW, RANGE, term } from '../../../test/support/given.ts'
import type { StoredStatus } from '../rows.ts'
import { isUsable, statusAt, useLimitOf, validityOf, type CodeStatus } from './status.ts'

const STORED: StoredStatus[] = ['NORMAL', 'CONSUMED', 'GIFTING', 'GIFT_SUCC', 'DELETE', 'UNAVAILABLE']

test('a code follows its card’s range, also after that was widened', () => {
  const held = { begin_time: null, end_time: null }
  const { begin_timestamp, end_timestamp } = RANGE
  assert.deepEqual(validityOf(held, aFace()), { begin_time: begin_timestamp, end_time: end_timestamp })
  const wider = { ...RANGE, begin_timestamp: 5, end_timestamp: 2_000_000_000 }
  assert.deepEqual(validityOf(held, aFace({ base_info: { date_info: wider } })), {
    begin_time: 5,
    end_time: 2_000_000_000,
  })
})

test('a code with a validity of its own keeps it, whatever its card says later', () => {
  const face = aFace({ base_info: { date_info: term(1) } })
  assert.deepEqual(validityOf({ begin_time: 5, end_time: 9 }, face), { begin_time: 5, end_time: 9 })
  assert.deepEqual(validityOf({ begin_time: 5, end_time: null }, face), { begin_time: 5, end_time: null })
  assert.deepEqual(validityOf({ begin_time: 0, end_time: 9 }, face), { begin_time: 0, end_time: 9 })
})

test('a code in its holder’s hand is expired from the second after its last, and no other state ever is', () => {
  fc.assert(
    fc.property(fc.constantFrom(...STORED), fc.option(fc.integer()), fc.integer(), (stored, end_time, now) => {
      const status = statusAt(aCode({ status: stored }), { begin_time: 0, end_time }, now)
      assert.equal(status, stored === 'NORMAL' && end_time !== null && now > end_time ? 'EXPIRE' : stored)
    }),
    { numRuns: 2000 },
  )
})

test('a gift that nobody took is back from the second after its last, and may be expired by then', () => {
  const held = aCode({ status: 'GIFTING', gift_ticket: 'ticket', gift_expire_time: NOW })
  const forEver = { begin_time: 0, end_time: null }
  assert.equal(statusAt(held, forEver, NOW), 'GIFTING')
  assert.equal(statusAt(held, forEver, NOW + 1), 'GIFT_TIMEOUT')
  assert.equal(statusAt(held, { begin_time: 0, end_time: NOW }, NOW + 1), 'EXPIRE')
})

test('a code whose range is widened is what it was, whether its expiry was found before or not', () => {
  const wider = { begin_time: 0, end_time: NOW + 9 }
  const gift = { gift_ticket: 'ticket', gift_expire_time: NOW - 1 }
  for (const found of [false, true]) {
    const inHand = aCode({ status: found ? 'EXPIRE' : 'NORMAL' })
    const onItsWay = aCode({ status: found ? 'EXPIRE' : 'GIFTING', ...gift })
    assert.equal(statusAt(inHand, wider, NOW), 'NORMAL')
    assert.equal(statusAt(onItsWay, wider, NOW), 'GIFT_TIMEOUT')
  }
})

test('the last second is still within', () => {
  const validity = { begin_time: 0, end_time: NOW }
  assert.equal(statusAt(aCode(), validity, NOW), 'NORMAL')
  assert.equal(statusAt(aCode(), validity, NOW + 1), 'EXPIRE')
})

test('usable is what is in hand, also after a gift that came back', () => {
  const states: CodeStatus[] = [...STORED, 'EXPIRE', 'GIFT_TIMEOUT']
  assert.deepEqual(states.filter(isUsable), ['NORMAL', 'GIFT_TIMEOUT'])
})

test('the limit of redemptions is the card’s, else fifty', () => {
  assert.equal(useLimitOf(aFace({ base_info: { use_limit: 3 } })), 3)
  assert.equal(useLimitOf(aFace()), 50)
})
