import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCard, decide, NOW, refusal } from '../../../test/support/given.ts'
import type { CardStatus } from '../rows.ts'
import { deleteCard } from './delete.ts'

const LIVING: CardStatus[] = [
  'CARD_STATUS_NOT_VERIFY',
  'CARD_STATUS_VERIFY_FAIL',
  'CARD_STATUS_VERIFY_OK',
  'CARD_STATUS_DISPATCH',
]

test('a card in any state can be deleted', () => {
  for (const status of LIVING) {
    assert.deepEqual(decide(deleteCard, { card_id: 'p_card' }, { cards: [aCard({ status })] }), {
      facts: [{ kind: 'card_deleted', at: NOW, card_id: 'p_card' }],
      answer: null,
    })
  }
})

test('a card is deleted once', () => {
  const rows = { cards: [aCard({ status: 'CARD_STATUS_DELETE' })] }
  assert.throws(() => decide(deleteCard, { card_id: 'p_card' }, rows), refusal('invalidCardStatus'))
})

test('an unknown card is told from a deleted one', () => {
  assert.throws(() => decide(deleteCard, { card_id: 'p_other' }, { cards: [aCard()] }), refusal('invalidCardId'))
})
