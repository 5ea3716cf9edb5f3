import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GIFTING } from '../../../test/support/gifting.ts'
import { aCard, aCode, decide, NOW, refusal } from '../../../test/support/given.ts'
import type { GivenRows } from '../../../test/support/rows.ts'
import { returnGift, type ReturnGift } from './return.ts'

const CODE = '110201201245'

const takeBack = (rows: GivenRows, change: Partial<ReturnGift> = {}, now = NOW) =>
  decide(returnGift, { gift_ticket: 'ticket', openid: 'o_holder', ...change }, rows, now)

const rows = { cards: [aCard()], codes: [aCode(GIFTING)] }

test('a giver takes a gift back that nobody has taken', () => {
  const fact = { kind: 'gift_returned', at: NOW, card_id: 'p_card', code: CODE, openid: 'o_holder' }
  assert.deepEqual(takeBack(rows), { facts: [fact], answer: null })
})

test('nobody takes the gift of someone else back', () => {
  assert.throws(() => takeBack(rows, { openid: 'o_friend' }), refusal('invalidSerialCode'))
})

test('a gift is taken back to its last second; after it, it is back already', () => {
  takeBack(rows, {}, GIFTING.gift_expire_time)
  assert.throws(
    () => takeBack(rows, {}, GIFTING.gift_expire_time + 1),
    refusal('invalidUserCardStatus', 'GIFT_TIMEOUT'),
  )
})

test('a ticket of no gift brings nothing back', () => {
  for (const codes of [[], [aCode()], [aCode(GIFTING)]]) {
    assert.throws(() => takeBack({ cards: [aCard()], codes }, { gift_ticket: 'other' }), refusal('invalidCardExt'))
  }
})
