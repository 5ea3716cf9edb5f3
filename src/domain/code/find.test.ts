import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCard, aCode, refusal, situation } from '../../../test/support/given.ts'
import type { CardRow } from '../rows.ts'
import { findCode, pickCode } from './find.ts'

const CODE = '110201201245'

const custom = (card_id: string): CardRow => aCard({ card_id, base_info: { use_custom_code: true } })

const find = (cards: CardRow[], card_id?: string): string => {
  const codes = cards.map((card) => aCode({ card_id: card.card_id }))
  return findCode(situation({ cards, codes }).rows, CODE, card_id).card.card_id
}

test('a generated code is found with and without its card', () => {
  assert.equal(find([aCard()]), 'p_card')
  assert.equal(find([aCard()], 'p_card'), 'p_card')
})

test('a custom code is found only together with its card, and the refusal says so', () => {
  const cards = [custom('p_1'), custom('p_2')]
  assert.equal(find(cards, 'p_2'), 'p_2')
  assert.equal(find(cards, 'p_1'), 'p_1')
  assert.throws(() => find(cards), refusal('invalidSerialCode', 'a custom code needs its card_id'))
})

test('where a custom and a generated code bear one number, the generated one is meant unless a card is named', () => {
  const cards = [custom('p_1'), aCard({ card_id: 'p_2' })]
  assert.equal(find(cards), 'p_2')
  assert.equal(find(cards, 'p_1'), 'p_1')
})

test('a code of another card, or of none, is not found, and nothing more is told', () => {
  assert.throws(() => find([aCard()], 'p_other'), refusal('invalidSerialCode', ''))
  assert.throws(() => find([custom('p_1')], 'p_other'), refusal('invalidSerialCode', ''))
  assert.throws(() => find([]), refusal('invalidSerialCode', ''))
  assert.throws(() => find([], 'p_card'), refusal('invalidSerialCode', ''))
})

test('what is picked is the very thing that was offered, whatever else is with it', () => {
  const offered = { held: aCode(), card: aCard(), consumed: 3 }
  assert.equal(pickCode([offered], undefined), offered)
})
