import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../../errors.ts'
import { aCard, aCode, decide, NOW, RANGE, reasonOf, refusal, term, GIFT_TIMEOUT } from '../../../test/support/given.ts'
import type { GivenRows } from '../../../test/support/rows.ts'
import type { HoldingRow } from '../rows.ts'
import { consumeCode, type ConsumeCode } from './consume.ts'

const CODE = '110201201245'

const consume = (rows: GivenRows, change: Partial<ConsumeCode> = {}, now = NOW) =>
  decide(consumeCode, { code: CODE, ...change }, rows, now)

const redeemed = (consumed: number): HoldingRow => ({
  card_id: 'p_card',
  openid: 'o_holder',
  codes: 99,
  counted: { received: 99, consumed },
})

test('a code that is consumed answers with its card and its holder', () => {
  const { facts, answer } = consume({ cards: [aCard()], codes: [aCode()] })
  assert.deepEqual(answer, { card_id: 'p_card', openid: 'o_holder' })
  assert.deepEqual(facts, [{ kind: 'code_consumed', at: NOW, card_id: 'p_card', code: CODE, openid: 'o_holder' }])
})

test('a code is consumed once: the second time the answer names it', () => {
  const rows = { cards: [aCard()], codes: [aCode({ status: 'CONSUMED' })] }
  assert.throws(
    () => consume(rows),
    (error) => {
      refusal('alreadyConsumed')(error)
      assert.deepEqual((error as Refusal).members, { _card: 'p_card', _code: CODE })
      return true
    },
  )
})

test('only a code in its holder’s hand can be consumed', () => {
  for (const [status, reason] of [
    ['NORMAL', undefined],
    ['GIFT_SUCC', 'invalidSerialCode'],
    ['GIFTING', 'invalidUserCardStatus'],
    ['DELETE', 'invalidUserCardStatus'],
    ['UNAVAILABLE', 'invalidUserCardStatus'],
    ['CONSUMED', 'alreadyConsumed'],
  ] as const) {
    assert.equal(
      reasonOf(() => consume({ cards: [aCard()], codes: [aCode({ status })] })),
      reason,
      status,
    )
  }
})

test('a code whose gift nobody took is as good as before', () => {
  consume({ cards: [aCard()], codes: [aCode(GIFT_TIMEOUT)] })
})

test('a code is good from its first second to its last, both included', () => {
  for (const [cards, codes, first, last] of [
    [[aCard()], [aCode()], RANGE.begin_timestamp!, RANGE.end_timestamp!],
    [[aCard({ base_info: { date_info: term(9) } })], [aCode({ begin_time: NOW, end_time: NOW + 9 })], NOW, NOW + 9],
  ] as const) {
    const rows = { cards, codes }
    assert.throws(() => consume(rows, {}, first - 1), refusal('consumeRestricted', 'the code is not valid yet'))
    consume(rows, {}, first)
    consume(rows, {}, last)
    assert.throws(() => consume(rows, {}, last + 1), refusal('invalidUserCardStatus', 'EXPIRE'))
  }
})

test('a code without an end is good for ever', () => {
  const rows = { cards: [aCard()], codes: [aCode({ begin_time: NOW, end_time: null })] }
  consume(rows, {}, NOW + 10 ** 10)
})

test('a code stays good when its card is deleted, refused or waits for review again', () => {
  for (const status of ['CARD_STATUS_DELETE', 'CARD_STATUS_VERIFY_FAIL', 'CARD_STATUS_NOT_VERIFY'] as const) {
    consume({ cards: [aCard({ status, quantity: 0 })], codes: [aCode()] })
  }
})

test('a holder redeems use_limit codes of a card, and fifty where the card does not say', () => {
  for (const [use_limit, most] of [
    [1, 1],
    [2, 2],
    [undefined, 50],
  ] as const) {
    const rows = { cards: [aCard({ base_info: { ...(use_limit !== undefined && { use_limit }) } })], codes: [aCode()] }
    consume({ ...rows, holdings: [redeemed(most - 1)] })
    assert.throws(
      () => consume({ ...rows, holdings: [redeemed(most)] }),
      refusal('consumeRestricted', 'use_limit is reached'),
    )
  }
})

test('what other holders redeemed does not count', () => {
  const holdings = [{ ...redeemed(9), openid: 'o_other' }]
  consume({ cards: [aCard({ base_info: { use_limit: 1 } })], codes: [aCode()], holdings })
})

test('of a number that several cards use, the code of the card that is named is consumed', () => {
  const cards = ['p_1', 'p_2'].map((card_id) => aCard({ card_id, base_info: { use_custom_code: true } }))
  const codes = cards.map(({ card_id }) => aCode({ card_id, openid: `o_${card_id}` }))
  assert.deepEqual(consume({ cards, codes }, { card_id: 'p_2' }).answer, { card_id: 'p_2', openid: 'o_p_2' })
})

test('where several things are wrong, the refusals come in this order', () => {
  const future = { begin_time: NOW + 1, end_time: NOW + 9 }
  const cards = [aCard({ base_info: { use_limit: 1 } })]
  const holdings = [redeemed(1)]
  const steps: [GivenRows, string | undefined][] = [
    [{ cards, holdings }, 'invalidSerialCode'],
    [{ cards, holdings, codes: [aCode({ ...future, status: 'CONSUMED' })] }, 'alreadyConsumed'],
    [{ cards, holdings, codes: [aCode({ ...future, status: 'UNAVAILABLE' })] }, 'invalidUserCardStatus'],
    [{ cards, holdings, codes: [aCode({ begin_time: NOW - 9, end_time: NOW - 1 })] }, 'invalidUserCardStatus'],
    [{ cards, holdings, codes: [aCode(future)] }, 'consumeRestricted'],
    [{ cards, holdings, codes: [aCode()] }, 'consumeRestricted'],
    [{ cards, codes: [aCode()] }, undefined],
  ]
  assert.deepEqual(
    steps.map(([rows]) => reasonOf(() => consume(rows))),
    steps.map(([, reason]) => reason),
  )
})
