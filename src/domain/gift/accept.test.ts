import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GIFTING } from '../../../test/support/gifting.ts'
import { aCard, aCode, decide, NOW, RANGE, refusal, term } from '../../../test/support/given.ts'
import type { GivenRows } from '../../../test/support/rows.ts'
import { acceptGift, type AcceptGift } from './accept.ts'

const CODE = '110201201245'
const FRESH = '220201201245'

const accept = (rows: GivenRows, change: Partial<AcceptGift> = {}, now = NOW) =>
  decide(acceptGift, { gift_ticket: 'ticket', openid: 'o_friend', fresh_codes: [FRESH], ...change }, rows, now)

const given = { kind: 'gift_accepted', at: NOW, card_id: 'p_card', code: CODE, openid: 'o_holder' }
const { begin_timestamp: begin_time, end_timestamp: end_time } = RANGE

test('a friend who takes a generated code has it under a new number', () => {
  const { facts, answer } = accept({ cards: [aCard()], codes: [aCode(GIFTING)] })
  assert.deepEqual(answer, { card_id: 'p_card', code: FRESH, begin_time, end_time })
  assert.deepEqual(facts, [{ ...given, detail: { friend: 'o_friend', new_code: FRESH } }])
})

test('a custom code keeps its number, deposited or not', () => {
  for (const base_info of [
    { use_custom_code: true },
    { use_custom_code: true, get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT' },
  ] as const) {
    const { facts, answer } = accept({ cards: [aCard({ base_info })], codes: [aCode(GIFTING)] })
    assert.deepEqual(answer, { card_id: 'p_card', code: CODE, begin_time, end_time })
    assert.deepEqual(facts, [{ ...given, detail: { friend: 'o_friend' } }])
  }
})

test('the friend’s code is valid as long as the giver’s was', () => {
  const cards = [aCard({ base_info: { date_info: term(9) } })]
  const own = { begin_time: NOW - 9, end_time: NOW + 9999 }
  const { answer } = accept({ cards, codes: [aCode({ ...GIFTING, ...own })] })
  assert.deepEqual(answer, { card_id: 'p_card', code: FRESH, ...own })
})

test('the new number is one that no code bears, or ever bore', () => {
  const others = [aCode({ code: 'a' }), aCode({ code: 'b', status: 'GIFT_SUCC' }), aCode({ code: 'c', card_id: 'p_2' })]
  const rows = { cards: [aCard(), aCard({ card_id: 'p_2' })], codes: [aCode(GIFTING), ...others] }
  assert.equal(accept(rows, { fresh_codes: ['a', CODE, 'b', 'c', FRESH] }).answer.code, FRESH)
  assert.throws(() => accept(rows, { fresh_codes: ['a', 'b'] }), refusal('systemError', 'no free code'))
})

test('a gift can be taken to its last second, and not after it', () => {
  const rows = { cards: [aCard()], codes: [aCode(GIFTING)] }
  accept(rows, {}, GIFTING.gift_expire_time)
  assert.throws(() => accept(rows, {}, GIFTING.gift_expire_time + 1), refusal('invalidUserCardStatus', 'GIFT_TIMEOUT'))
})

test('a gift whose code is over cannot be taken', () => {
  const own = { begin_time: NOW - 9, end_time: NOW - 1, gift_expire_time: NOW - 1 }
  const rows = { cards: [aCard()], codes: [aCode({ ...GIFTING, ...own })] }
  assert.throws(() => accept(rows), refusal('invalidUserCardStatus', 'EXPIRE'))
})

test('nobody takes a gift of their own', () => {
  const rows = { cards: [aCard()], codes: [aCode(GIFTING)] }
  assert.throws(() => accept(rows, { openid: 'o_holder' }), refusal('invalidOpenid'))
})

test('a ticket of no gift takes none, even where codes are on no way at all', () => {
  for (const codes of [[], [aCode()], [aCode(GIFTING)]]) {
    assert.throws(() => accept({ cards: [aCard()], codes }, { gift_ticket: 'other' }), refusal('invalidCardExt'))
  }
})

test('neither an empty stock nor a deleted card nor a reached limit is in a gift’s way', () => {
  const cards = [aCard({ status: 'CARD_STATUS_DELETE', quantity: 0, base_info: { get_limit: 1, use_limit: 1 } })]
  const holdings = [{ card_id: 'p_card', openid: 'o_friend', codes: 1, counted: { received: 1, consumed: 1 } }]
  accept({ cards, codes: [aCode(GIFTING)], holdings })
})
