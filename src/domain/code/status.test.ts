import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aFace, NOW, RANGE, term } from '../../../test/support/given.ts'
import type { StoredStatus } from '../rows.ts'
import { isUsable, isUseLimitReached, statusAt, validityOf } from './status.ts'

const STORED: StoredStatus[] = ['NORMAL', 'CONSUMED', 'GIFTING', 'GIFT_TIMEOUT', 'DELETE', 'UNAVAILABLE']

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
      const status = statusAt(stored, { begin_time: 0, end_time }, now)
      const inHand = stored === 'NORMAL' || stored === 'GIFT_TIMEOUT'
      assert.equal(status, inHand && end_time !== null && now > end_time ? 'EXPIRE' : stored)
    }),
    { numRuns: 2000 },
  )
})

test('the last second is still within', () => {
  const validity = { begin_time: 0, end_time: NOW }
  assert.equal(statusAt('NORMAL', validity, NOW), 'NORMAL')
  assert.equal(statusAt('NORMAL', validity, NOW + 1), 'EXPIRE')
})

test('usable is what is in hand, also after a gift that came back', () => {
  assert.deepEqual(STORED.filter(isUsable), ['NORMAL', 'GIFT_TIMEOUT'])
  assert.equal(isUsable('EXPIRE'), false)
})

test('the limit of redemptions is the card’s, else fifty', () => {
  const limited = aFace({ base_info: { use_limit: 3 } })
  assert.deepEqual(
    [2, 3, 4].map((consumed) => isUseLimitReached({ consumed }, limited)),
    [false, true, true],
  )
  assert.deepEqual(
    [49, 50].map((consumed) => isUseLimitReached({ consumed }, aFace())),
    [false, true],
  )
})
