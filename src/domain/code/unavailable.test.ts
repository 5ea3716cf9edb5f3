import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../../errors.ts'
import { aCard, aCode, decide, NOW, RANGE, reasonOf, refusal, GIFT_TIMEOUT } from '../../../test/support/given.ts'
import type { GivenRows } from '../../../test/support/rows.ts'
import { makeUnavailable, type MakeUnavailable } from './unavailable.ts'

const CODE = '110201201245'

const take = (rows: GivenRows, change: Partial<MakeUnavailable> = {}, now = NOW) =>
  decide(makeUnavailable, { code: CODE, ...change }, rows, now)

test('a code is taken out of use, and the reason is kept where there is one', () => {
  const rows = { cards: [aCard()], codes: [aCode()] }
  const fact = { kind: 'code_made_unavailable', at: NOW, card_id: 'p_card', code: CODE, openid: 'o_holder' }
  assert.deepEqual(take(rows), { facts: [fact], answer: null })
  assert.deepEqual(take(rows, { reason: '退款' }).facts, [{ ...fact, detail: { reason: '退款' } }])
})

test('taking a code out of use is for good, and only what is used up or gone cannot be taken', () => {
  for (const [status, reason] of [
    ['NORMAL', undefined],
    ['GIFTING', undefined],
    ['GIFT_SUCC', 'invalidSerialCode'],
    ['CONSUMED', 'alreadyConsumed'],
    ['UNAVAILABLE', 'invalidUserCardStatus'],
    ['DELETE', 'invalidUserCardStatus'],
  ] as const) {
    assert.equal(
      reasonOf(() => take({ cards: [aCard()], codes: [aCode({ status })] })),
      reason,
      status,
    )
  }
})

test('a code whose gift nobody took is as good as before', () => {
  take({ cards: [aCard()], codes: [aCode(GIFT_TIMEOUT)] })
})

test('a code that is over, or has not begun, can be taken out too', () => {
  const rows = { cards: [aCard()], codes: [aCode()] }
  take(rows, {}, RANGE.end_timestamp! + 1)
  take(rows, {}, RANGE.begin_timestamp! - 1)
})

test('a code of a deleted card can be taken out', () => {
  take({ cards: [aCard({ status: 'CARD_STATUS_DELETE' })], codes: [aCode()] })
})

test('of a consumed code the answer names card and code', () => {
  assert.throws(
    () => take({ cards: [aCard()], codes: [aCode({ status: 'CONSUMED' })] }),
    (error) => {
      assert.deepEqual((error as Refusal).members, { _card: 'p_card', _code: CODE })
      return refusal('alreadyConsumed')(error)
    },
  )
})

test('a code that nobody holds cannot be taken', () => {
  assert.throws(() => take({ cards: [aCard()] }), refusal('invalidSerialCode'))
  const rows = { cards: [aCard()], codes: [aCode()] }
  assert.throws(() => take(rows, { card_id: 'p_other' }), refusal('invalidSerialCode'))
})
