import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GIFTING } from '../../../test/support/gifting.ts'
import { aCard, aCode, decide, GIFT_TIMEOUT, NOW, RANGE, reasonOf, refusal } from '../../../test/support/given.ts'
import type { GivenRows } from '../../../test/support/rows.ts'
import { deleteCode } from './delete.ts'
import type { OwnCode } from './find.ts'

const CODE = '110201201245'

const throwAway = (rows: GivenRows, change: Partial<OwnCode> = {}, now = NOW) =>
  decide(deleteCode, { code: CODE, openid: 'o_holder', ...change }, rows, now)

test('a holder throws a code away', () => {
  const fact = { kind: 'code_deleted', at: NOW, card_id: 'p_card', code: CODE, openid: 'o_holder' }
  assert.deepEqual(throwAway({ cards: [aCard()], codes: [aCode()] }), { facts: [fact], answer: null })
})

test('what is used up, taken out of use or on its way to a friend stays what it is', () => {
  for (const [change, reason] of [
    [{}, undefined],
    [GIFT_TIMEOUT, undefined],
    [GIFTING, 'invalidUserCardStatus'],
    [{ status: 'GIFT_SUCC' }, 'invalidSerialCode'],
    [{ status: 'CONSUMED' }, 'invalidUserCardStatus'],
    [{ status: 'UNAVAILABLE' }, 'invalidUserCardStatus'],
    [{ status: 'DELETE' }, 'invalidUserCardStatus'],
  ] as const) {
    assert.equal(
      reasonOf(() => throwAway({ cards: [aCard()], codes: [aCode(change)] })),
      reason,
      JSON.stringify(change),
    )
  }
})

test('a code that has not begun or is over can be thrown away', () => {
  const rows = { cards: [aCard()], codes: [aCode()] }
  throwAway(rows, {}, RANGE.begin_timestamp! - 1)
  throwAway(rows, {}, RANGE.end_timestamp! + 1)
})

test('a code of a deleted card can be thrown away', () => {
  throwAway({ cards: [aCard({ status: 'CARD_STATUS_DELETE' })], codes: [aCode()] })
})

test('nobody throws away what is someone else’s, and learns nothing of it', () => {
  for (const codes of [[], [aCode()], [aCode({ status: 'CONSUMED' })]]) {
    assert.throws(() => throwAway({ cards: [aCard()], codes }, { openid: 'o_other' }), refusal('invalidSerialCode', ''))
  }
})

test('a custom code is thrown away only together with its card', () => {
  const cards = ['p_1', 'p_2'].map((card_id) => aCard({ card_id, base_info: { use_custom_code: true } }))
  const rows = { cards, codes: cards.map(({ card_id }) => aCode({ card_id })) }
  assert.throws(() => throwAway(rows), refusal('invalidSerialCode', 'a custom code needs its card_id'))
  const [fact] = throwAway(rows, { card_id: 'p_2' }).facts
  assert.ok(fact?.kind === 'code_deleted' && fact.card_id === 'p_2')
})
