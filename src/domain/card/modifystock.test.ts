import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aCard, decide, NOW, reasonOf, refusal } from '../../../test/support/given.ts'
import type { CardRow } from '../rows.ts'
import { modifyStock } from './modifystock.ts'

const MOST = 100_000_000

const modify = (increase_stock_value: number, reduce_stock_value: number, card: CardRow = aCard()) =>
  decide(modifyStock, { card_id: 'p_card', increase_stock_value, reduce_stock_value }, { cards: [card] })

const change = (more: number, less: number, card?: CardRow): number | undefined => {
  const [fact] = modify(more, less, card).facts
  return fact?.kind === 'stock_changed' ? fact.quantity : undefined
}

test('more and less are one change', () => {
  assert.deepEqual(modify(5, 0), {
    facts: [{ kind: 'stock_changed', at: NOW, card_id: 'p_card', quantity: 5 }],
    answer: null,
  })
  assert.equal(change(0, 5), -5)
  assert.equal(change(7, 5), 2)
})

test('nothing, and as much more as less, is accepted and no fact', () => {
  for (const value of [0, 1, 1_231_231, Number.MAX_SAFE_INTEGER]) {
    assert.deepEqual(modify(value, value), { facts: [], answer: null })
  }
})

test('the stock can be taken to nothing, and no further', () => {
  assert.equal(change(0, 90), -90)
  assert.throws(() => modify(0, 91), refusal('invalidQuantity', '90 are left'))
})

test('what was ever offered can come to a hundred million, and no further', () => {
  const card = aCard({ quantity: 5, total_quantity: MOST - 10 })
  assert.equal(change(10, 0, card), 10)
  assert.throws(() => modify(11, 0, card), refusal('invalidQuantity', /were offered so far/))
})

test('the stock of a card in any state but deleted can be changed', () => {
  for (const [status, reason] of [
    ['CARD_STATUS_NOT_VERIFY', undefined],
    ['CARD_STATUS_VERIFY_FAIL', undefined],
    ['CARD_STATUS_DISPATCH', undefined],
    ['CARD_STATUS_DELETE', 'invalidCardStatus'],
  ] as const) {
    assert.equal(
      reasonOf(() => modify(1, 0, aCard({ status }))),
      reason,
      status,
    )
  }
})

test('a stock of deposited codes cannot be raised above what is deposited', () => {
  const base_info = { use_custom_code: true, get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT' as const }
  const card = aCard({ quantity: 0, total_quantity: 0, base_info })
  assert.throws(() => modify(1, 0, card), refusal('depositOverPool'))
  assert.deepEqual(modify(0, 0, card).facts, [])
})

test('an unknown card is refused first, a deleted one next, also where nothing would change', () => {
  const request = { card_id: 'p_other', increase_stock_value: 0, reduce_stock_value: 0 }
  assert.throws(() => decide(modifyStock, request, { cards: [aCard()] }), refusal('invalidCardId'))
  assert.throws(() => modify(0, 0, aCard({ status: 'CARD_STATUS_DELETE' })), refusal('invalidCardStatus'))
  assert.throws(() => modify(0, 999, aCard({ status: 'CARD_STATUS_DELETE' })), refusal('invalidCardStatus'))
})

test('whatever is asked, the stock stays between nothing and what may be offered, and what was issued stays', () => {
  const pieces = fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 2 * MOST }), fc.maxSafeNat())
  const stock = fc.record({ quantity: fc.nat({ max: MOST / 2 }), issued: fc.nat({ max: MOST / 2 }) })
  fc.assert(
    fc.property(pieces, pieces, stock, (more, less, { quantity, issued }) => {
      const card = aCard({ quantity, total_quantity: quantity + issued })
      let changed = 0
      const reason = reasonOf(() => (changed = change(more, less, card) ?? 0))
      const left = quantity + more - less
      const allowed = more === less || (left >= 0 && left + issued <= MOST)
      assert.equal(reason, allowed ? undefined : 'invalidQuantity')
      assert.equal(changed, allowed ? more - less : 0)
    }),
    { numRuns: 2000 },
  )
})
