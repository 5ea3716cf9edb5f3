import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GIFTING } from '../../../test/support/gifting.ts'
import { aCard, aCode, aFace, APPID, CALENDAR, decide, GIFT_TIMEOUT, NOW, RANGE } from '../../../test/support/given.ts'
import { MemoryRows, type GivenRows } from '../../../test/support/rows.ts'
import { evolve } from '../evolve.ts'
import type { CodeRow } from '../rows.ts'
import { expireCodes } from './expire.ts'

const CODE = '110201201245'
const NAMED = { code: CODE, card_id: 'p_card' }

const expire = (rows: GivenRows, codes: readonly { code: string; card_id: string }[] = [NAMED], now = NOW) =>
  decide(expireCodes, { codes }, rows, now)

/** Of a validity that ended at a second. */
const ended = (end_time: number, change: Partial<CodeRow> = {}): CodeRow =>
  aCode({ begin_time: NOW - 99, end_time, ...change })

const cards = [aCard()]

test('a code expires in the second after its last, however late that is found', () => {
  const fact = { kind: 'code_expired', card_id: 'p_card', code: CODE, openid: 'o_holder' }
  for (const late of [1, 2, 9_999_999]) {
    const { facts, answer } = expire({ cards, codes: [ended(NOW)] }, [NAMED], NOW + late)
    assert.deepEqual(facts, [{ ...fact, at: NOW + 1 }])
    assert.deepEqual(answer, { missed: false })
  }
  assert.deepEqual(expire({ cards, codes: [ended(NOW)] }).facts, [], 'the last second counts')
})

test('a code that follows the range of its card expires with it', () => {
  const end = RANGE.end_timestamp!
  const rows = { cards, codes: [aCode()] }
  assert.deepEqual(expire(rows, [NAMED], end).answer, { missed: false })
  const { facts } = expire(rows, [NAMED], end + 7)
  assert.deepEqual(
    facts.map(({ at }) => at),
    [end + 1],
  )
})

test('a code expires once', () => {
  assert.deepEqual(expire({ cards, codes: [ended(NOW - 1, { status: 'EXPIRE' })] }).answer, { missed: false })

  const rows = new MemoryRows({ cards, codes: [ended(NOW - 1)] })
  const again = () => expireCodes({ codes: [NAMED] }, { appid: APPID, rows, now: NOW, calendar: CALENDAR })
  const { facts } = again()
  assert.equal(facts.length, 1)
  for (const fact of facts) evolve(APPID, rows, { ...fact, fact: 8, previous: 7 })
  assert.deepEqual(again().facts, [])
})

test('a code whose range was widened meanwhile does not expire, also one that was counted before', () => {
  const date_info = { ...RANGE, end_timestamp: NOW + 1 }
  const wider = [aCard({ face: aFace({ base_info: { date_info } }) })]
  for (const status of ['NORMAL', 'EXPIRE'] as const) {
    assert.deepEqual(expire({ cards: wider, codes: [aCode({ status })] }).facts, [])
  }
})

test('a code that is back from a gift, or whose gift ends with it, expires', () => {
  for (const gift of [GIFT_TIMEOUT, { ...GIFTING, gift_expire_time: NOW - 1 }]) {
    const { facts } = expire({ cards, codes: [ended(NOW - 1, gift)] })
    assert.deepEqual(
      facts.map(({ kind, at, ...rest }) => [kind, at, 'openid' in rest && rest.openid]),
      [['code_expired', NOW, 'o_holder']],
      'of the giver',
    )
  }
})

test('nothing else expires', () => {
  for (const change of [
    { end_time: NOW },
    { end_time: null },
    { status: 'CONSUMED' },
    { status: 'UNAVAILABLE' },
    { status: 'DELETE' },
    { status: 'GIFT_SUCC' },
    { ...GIFTING },
  ] as const) {
    assert.deepEqual(expire({ cards, codes: [ended(NOW - 1, change)] }).facts, [], JSON.stringify(change))
  }
})

test('of many codes those that have expired are told, of the card that is named', () => {
  const named = ['a', 'b', 'c', 'd'].map((code) => ({ code, card_id: 'p_card' }))
  const codes = [
    ended(NOW - 1, { code: 'a' }),
    ended(NOW + 1, { code: 'b' }),
    ended(NOW - 2, { code: 'c', openid: 'o_other' }),
    ended(NOW - 2, { code: 'd', status: 'CONSUMED' }),
    ended(NOW - 2, { code: 'a', card_id: 'p_other' }),
    ended(NOW - 2, { code: 'e' }),
  ]
  const { facts, answer } = expire({ cards: [...cards, aCard({ card_id: 'p_other' })], codes }, named)
  assert.deepEqual(answer, { missed: false })
  assert.deepEqual(
    facts.map((fact) => 'code' in fact && [fact.card_id, fact.code, fact.openid, fact.at]),
    [
      ['p_card', 'a', 'o_holder', NOW],
      ['p_card', 'c', 'o_other', NOW - 1],
    ],
  )
})

test('a code that is not there any more, since it has another number now, is passed over', () => {
  const rows = { cards, codes: [ended(NOW - 1)] }
  assert.equal(expire(rows, [{ code: 'renumbered', card_id: 'p_card' }, NAMED]).facts.length, 1)
})
