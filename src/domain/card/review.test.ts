import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCard, decide, NOW, refusal } from '../../../test/support/given.ts'
import { approveCard, refuseCard } from './review.ts'

const waiting = { cards: [aCard({ status: 'CARD_STATUS_NOT_VERIFY' })] }

test('a card that waits can be approved', () => {
  assert.deepEqual(decide(approveCard, { card_id: 'p_card' }, waiting), {
    facts: [{ kind: 'card_approved', at: NOW, card_id: 'p_card' }],
    answer: null,
  })
})

test('a card that waits can be refused, with the reason', () => {
  assert.deepEqual(decide(refuseCard, { card_id: 'p_card', reason: '标题含糊' }, waiting).facts, [
    { kind: 'card_refused', at: NOW, card_id: 'p_card', detail: { reason: '标题含糊' } },
  ])
})

test('a card that does not wait is neither approved nor refused', () => {
  for (const status of ['CARD_STATUS_VERIFY_OK', 'CARD_STATUS_VERIFY_FAIL', 'CARD_STATUS_DISPATCH'] as const) {
    const rows = { cards: [aCard({ status })] }
    const told = refusal('invalidCardStatus', 'the card does not wait for review')
    assert.throws(() => decide(approveCard, { card_id: 'p_card' }, rows), told)
    assert.throws(() => decide(refuseCard, { card_id: 'p_card', reason: '' }, rows), told)
  }
})

test('of a card that is unknown or deleted that is what is told', () => {
  assert.throws(() => decide(approveCard, { card_id: 'p_other' }, waiting), refusal('invalidCardId'))
  const rows = { cards: [aCard({ status: 'CARD_STATUS_DELETE' })] }
  assert.throws(
    () => decide(refuseCard, { card_id: 'p_card', reason: '' }, rows),
    refusal('invalidCardStatus', 'the card is deleted'),
  )
})
