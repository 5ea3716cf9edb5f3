import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  aCard,
  aCode,
  aMerchant,
  decide,
  GIFT_TIMEOUT,
  NOW,
  PERMANENT,
  RANGE,
  reasonOf,
  refusal,
} from '../../../test/support/given.ts'
import type { GivenRows } from '../../../test/support/rows.ts'
import { giveCode, type GiveCode } from './give.ts'

const CODE = '110201201245'
const HOUR_S = 3600

const give = ({ merchant = aMerchant(), ...rows }: GivenRows, change: Partial<GiveCode> = {}, now = NOW) =>
  decide(giveCode, { code: CODE, openid: 'o_holder', gift_ticket: 'ticket', ...change }, { merchant, ...rows }, now)

test('a code is put on its way with the ticket, for 24 hours, and stays its giver’s', () => {
  const gift = { gift_ticket: 'ticket', expire_time: NOW + 24 * HOUR_S }
  const { facts, answer } = give({ cards: [aCard()], codes: [aCode()] })
  assert.deepEqual(answer, gift)
  assert.deepEqual(facts, [
    {
      kind: 'gift_begun',
      at: NOW,
      card_id: 'p_card',
      code: CODE,
      openid: 'o_holder',
      detail: { gift_ticket: gift.gift_ticket, gift_expire_time: gift.expire_time },
    },
  ])
})

test('a merchant gives friends more time, or less', () => {
  for (const gift_timeout_hours of [1, 2, 72]) {
    const merchant = aMerchant({ settings: { gift_timeout_hours } })
    const { answer } = give({ merchant, cards: [aCard()], codes: [aCode()] })
    assert.equal(answer.expire_time, NOW + gift_timeout_hours * HOUR_S)
  }
})

test('a friend has time to the code’s own last second and no longer', () => {
  const end_time = RANGE.end_timestamp!
  for (const [now, expire_time] of [
    [end_time - 24 * HOUR_S - 1, end_time - 1],
    [end_time - 24 * HOUR_S, end_time],
    [end_time - 24 * HOUR_S + 1, end_time],
    [end_time, end_time],
  ] as const) {
    assert.equal(give({ cards: [aCard()], codes: [aCode()] }, {}, now).answer.expire_time, expire_time)
  }
})

test('a code without an end is given for the merchant’s time', () => {
  const cards = [aCard({ base_info: { date_info: PERMANENT } })]
  const { answer } = give({ cards, codes: [aCode({ begin_time: NOW, end_time: null })] })
  assert.equal(answer.expire_time, NOW + 24 * HOUR_S)
})

test('only a code in its holder’s hand can be given', () => {
  for (const [change, reason] of [
    [{}, undefined],
    [GIFT_TIMEOUT, undefined],
    [{ status: 'GIFT_SUCC' }, 'invalidSerialCode'],
    [{ ...GIFT_TIMEOUT, gift_expire_time: NOW }, 'invalidUserCardStatus'],
    [{ status: 'CONSUMED' }, 'invalidUserCardStatus'],
    [{ status: 'DELETE' }, 'invalidUserCardStatus'],
    [{ status: 'UNAVAILABLE' }, 'invalidUserCardStatus'],
  ] as const) {
    assert.equal(
      reasonOf(() => give({ cards: [aCard()], codes: [aCode(change)] })),
      reason,
      JSON.stringify(change),
    )
  }
})

test('a code that has not begun can be given, one that is over cannot', () => {
  const rows = { cards: [aCard()], codes: [aCode()] }
  give(rows, {}, RANGE.begin_timestamp! - 1)
  assert.throws(() => give(rows, {}, RANGE.end_timestamp! + 1), refusal('invalidUserCardStatus', 'EXPIRE'))
})

test('a card says that its codes may not be given; where it says nothing they may', () => {
  for (const [base_info, reason] of [
    [{ can_give_friend: false }, 'notSupported'],
    [{ can_give_friend: true }, undefined],
    [{}, undefined],
  ] as const) {
    assert.equal(
      reasonOf(() => give({ cards: [aCard({ base_info })], codes: [aCode()] })),
      reason,
    )
  }
})

test('a code of a card that is deleted or not approved can be given', () => {
  for (const status of ['CARD_STATUS_DELETE', 'CARD_STATUS_NOT_VERIFY', 'CARD_STATUS_VERIFY_FAIL'] as const) {
    give({ cards: [aCard({ status, quantity: 0 })], codes: [aCode()] })
  }
})

test('nobody gives what is someone else’s, and learns nothing of it', () => {
  const cards = [aCard({ base_info: { can_give_friend: false } })]
  for (const codes of [[], [aCode()], [aCode({ status: 'CONSUMED' })]]) {
    assert.throws(() => give({ cards, codes }, { openid: 'o_other' }), refusal('invalidSerialCode', ''))
  }
})

test('a custom code is given only together with its card', () => {
  const rows = { cards: [aCard({ base_info: { use_custom_code: true } })], codes: [aCode()] }
  assert.throws(() => give(rows), refusal('invalidSerialCode', 'a custom code needs its card_id'))
  give(rows, { card_id: 'p_card' })
})
