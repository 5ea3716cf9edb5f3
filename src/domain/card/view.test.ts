import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCard, decide, NOW, refusal } from '../../../test/support/given.ts'
import { viewCard } from './view.ts'

const REQUEST = { card_id: 'p_card', openid: 'o_holder', outer_str: 'poster' }

test('who opened a card, and where they came from, is counted', () => {
  assert.deepEqual(decide(viewCard, REQUEST, { cards: [aCard()] }), {
    facts: [{ kind: 'card_viewed', at: NOW, ...REQUEST }],
    answer: null,
  })
})

test('a card is looked at whether it is on offer or not, until it is deleted', () => {
  decide(viewCard, REQUEST, { cards: [aCard({ status: 'CARD_STATUS_NOT_VERIFY', quantity: 0 })] })
  const deleted = { cards: [aCard({ status: 'CARD_STATUS_DELETE' })] }
  assert.throws(() => decide(viewCard, REQUEST, deleted), refusal('invalidCardStatus'))
  assert.throws(() => decide(viewCard, REQUEST, {}), refusal('invalidCardId'))
})
