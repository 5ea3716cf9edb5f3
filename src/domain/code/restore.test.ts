import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCard, aCode, aFace, decide, NOW, refusal } from '../../../test/support/given.ts'
import type { GivenRows } from '../../../test/support/rows.ts'
import type { CardRow, CodeRow } from '../rows.ts'
import { restoreCode, type RestoreCode } from './restore.ts'

const restore = (rows: GivenRows, change: Partial<RestoreCode> = {}) =>
  decide(restoreCode, { card_id: 'p_card', openid: 'o_holder', ...change }, rows)

const memberCard = (change: Partial<CardRow> = {}): CardRow =>
  aCard({ face: aFace({ card_type: 'MEMBER_CARD' }), ...change })

/** A code that was thrown away, as the latest fact about it tells. */
const deleted = (code: string, fact: number, change: Partial<CodeRow> = {}): CodeRow =>
  aCode({ code, fact, status: 'DELETE', ...change })

test('a holder takes a thrown away member card back', () => {
  const { facts, answer } = restore({ cards: [memberCard()], codes: [deleted('1', 7)] })
  assert.deepEqual(answer, { code: '1' })
  assert.deepEqual(facts, [{ kind: 'code_restored', at: NOW, card_id: 'p_card', code: '1', openid: 'o_holder' }])
})

test('of several the one comes back that went last, whatever else the holder has', () => {
  const codes = [
    deleted('1', 8),
    deleted('2', 10),
    deleted('3', 9),
    aCode({ code: '4', fact: 11 }),
    aCode({ code: '5', fact: 12, status: 'UNAVAILABLE' }),
    deleted('6', 13, { openid: 'o_other' }),
    deleted('7', 14, { card_id: 'p_other' }),
  ]
  const cards = [memberCard(), memberCard({ card_id: 'p_other' })]
  assert.deepEqual(restore({ cards, codes }).answer, { code: '2' })
})

test('where this holder has thrown none of this card away, none comes back', () => {
  const cards = [memberCard(), memberCard({ card_id: 'p_other' })]
  for (const codes of [
    [],
    [aCode()],
    [aCode({ status: 'UNAVAILABLE' }), aCode({ code: '2', status: 'CONSUMED' })],
    [deleted('1', 7, { openid: 'o_other' })],
    [deleted('1', 7, { card_id: 'p_other' })],
  ]) {
    assert.throws(() => restore({ cards, codes }), refusal('invalidSerialCode'))
  }
})

test('only member cards come back', () => {
  assert.throws(() => restore({ cards: [aCard()], codes: [deleted('1', 7)] }), refusal('notSupported'))
})

test('a card that there is not is told as such', () => {
  assert.throws(() => restore({}), refusal('invalidCardId'))
})

test('a code comes back although its card is deleted and nothing of it is left', () => {
  const cards = [memberCard({ status: 'CARD_STATUS_DELETE', quantity: 0 })]
  assert.deepEqual(restore({ cards, codes: [deleted('1', 7)] }).answer, { code: '1' })
})
