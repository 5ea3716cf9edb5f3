import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCard, aCode, decide, NOW, RANGE, refusal } from '../../../test/support/given.ts'
import { viewCard } from './view.ts'

const REQUEST = { card_id: 'p_card', openid: 'o_holder', outer_str: 'poster' }

test('who opened a card, and where they came from, is counted', () => {
  assert.deepEqual(decide(viewCard, REQUEST, { cards: [aCard()] }), {
    facts: [{ kind: 'card_viewed', at: NOW, ...REQUEST }],
    answer: { card: aCard() },
  })
})

test('a card is looked at whether it is on offer or not, until it is deleted', () => {
  decide(viewCard, REQUEST, { cards: [aCard({ status: 'CARD_STATUS_NOT_VERIFY', quantity: 0 })] })
  const deleted = { cards: [aCard({ status: 'CARD_STATUS_DELETE' })] }
  assert.throws(() => decide(viewCard, REQUEST, deleted), refusal('invalidCardStatus'))
  assert.throws(() => decide(viewCard, REQUEST, {}), refusal('invalidCardId'))
})

test('a holder sees what a code of theirs is at the moment, also one of a deleted card', () => {
  const rows = { cards: [aCard({ status: 'CARD_STATUS_DELETE' })], codes: [aCode()] }
  const { code } = aCode()
  const { answer } = decide(viewCard, { ...REQUEST, code }, rows, RANGE.end_timestamp! + 1)
  const validity = { begin_time: RANGE.begin_timestamp, end_time: RANGE.end_timestamp }
  assert.deepEqual(answer.code, { code, status: 'EXPIRE', ...validity })
})

test('the code of somebody else is not shown', () => {
  const rows = { cards: [aCard()], codes: [aCode({ openid: 'o_other' })] }
  assert.throws(() => decide(viewCard, { ...REQUEST, code: aCode().code }, rows), refusal('invalidSerialCode'))
})
