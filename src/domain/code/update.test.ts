import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../../errors.ts'
import { GIFTING } from '../../../test/support/gifting.ts'
import { aCard, aCode, decide, GIFT_TIMEOUT, NOW, RANGE, reasonOf, refusal } from '../../../test/support/given.ts'
import type { GivenRows } from '../../../test/support/rows.ts'
import type { CardRow, CodeRow } from '../rows.ts'
import { updateCode, type UpdateCode } from './update.ts'

const update = (rows: GivenRows, change: Partial<UpdateCode> = {}, now = NOW) =>
  decide(updateCode, { code: 'OLD', card_id: 'p_card', new_code: 'NEW', ...change }, rows, now)

const custom = (card_id = 'p_card'): CardRow => aCard({ card_id, base_info: { use_custom_code: true } })

const old = (change: Partial<CodeRow> = {}): CodeRow => aCode({ code: 'OLD', ...change })

test('a custom code gets another number', () => {
  const detail = { new_code: 'NEW' }
  const fact = { kind: 'code_changed', at: NOW, card_id: 'p_card', code: 'OLD', openid: 'o_holder', detail }
  assert.deepEqual(update({ cards: [custom()], codes: [old()] }), { facts: [fact], answer: null })
})

test('the number changes only while the holder has the code in hand', () => {
  for (const [change, reason] of [
    [{}, undefined],
    [GIFT_TIMEOUT, undefined],
    [GIFTING, 'invalidUserCardStatus'],
    [{ status: 'CONSUMED' }, 'alreadyConsumed'],
    [{ status: 'DELETE' }, 'invalidUserCardStatus'],
    [{ status: 'UNAVAILABLE' }, 'invalidUserCardStatus'],
  ] as const) {
    assert.equal(
      reasonOf(() => update({ cards: [custom()], codes: [old(change)] })),
      reason,
      JSON.stringify(change),
    )
  }
})

test('of a consumed code the answer names card and code', () => {
  assert.throws(
    () => update({ cards: [custom()], codes: [old({ status: 'CONSUMED' })] }),
    (error) => {
      assert.deepEqual((error as Refusal).members, { _card: 'p_card', _code: 'OLD' })
      return refusal('alreadyConsumed')(error)
    },
  )
})

test('a code that has not begun or is over gets another number too', () => {
  const rows = { cards: [custom()], codes: [old()] }
  update(rows, {}, RANGE.begin_timestamp! - 1)
  update(rows, {}, RANGE.end_timestamp! + 1)
})

test('a number that this card has already, in any state or deposited, is refused', () => {
  const rows = { cards: [custom()], codes: [old()] }
  assert.throws(() => update(rows, { new_code: 'OLD' }), refusal('sameCode'))
  for (const status of ['NORMAL', 'CONSUMED', 'DELETE', 'UNAVAILABLE', 'GIFTING'] as const) {
    const codes = [old(), aCode({ code: 'NEW', openid: 'o_other', status })]
    assert.throws(() => update({ ...rows, codes }), refusal('sameCode'))
  }
  const pool = [{ card_id: 'p_card', code: 'NEW', place: 1 }]
  assert.throws(() => update({ ...rows, pool }), refusal('sameCode'))
})

test('a number that another card uses is free for this one', () => {
  const codes = [old(), aCode({ code: 'NEW', card_id: 'p_other' })]
  update({ cards: [custom(), custom('p_other')], codes, pool: [{ card_id: 'p_other', code: 'NEW', place: 1 }] })
})

test('a number holds no blanks and no control characters', () => {
  for (const new_code of [' ', 'N W', 'NEW ', '\tNEW', 'N\nEW', 'N\u0007EW', 'N\u3000EW', 'N\u200bEW']) {
    assert.throws(() => update({ cards: [custom()], codes: [old()] }, { new_code }), refusal('invalidCode'))
  }
  for (const new_code of ['N-E_W', '新号码', '0']) update({ cards: [custom()], codes: [old()] }, { new_code })
})

test('generated codes keep the numbers they were given', () => {
  const rows = { cards: [aCard()], codes: [old()] }
  for (const card_id of ['p_card', undefined]) {
    const request = { code: 'OLD', new_code: 'NEW', ...(card_id !== undefined && { card_id }) }
    assert.throws(() => decide(updateCode, request, rows), refusal('notSupported'))
  }
})

test('a code is found only together with its card', () => {
  const rows = { cards: [custom(), custom('p_other')], codes: [old()] }
  assert.throws(
    () => decide(updateCode, { code: 'OLD', new_code: 'NEW' }, rows),
    refusal('invalidSerialCode', 'a custom code needs its card_id'),
  )
  assert.throws(() => update(rows, { card_id: 'p_other' }), refusal('invalidSerialCode'))
  assert.throws(() => update(rows, { code: 'NONE' }), refusal('invalidSerialCode'))
})
