import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GIFTING } from '../../../test/support/gifting.ts'
import {
  aCard,
  aCode,
  aFace,
  CALENDAR,
  decide,
  GIFT_TIMEOUT,
  NOW,
  PERMANENT,
  RANGE,
  reasonOf,
  refusal,
  term,
} from '../../../test/support/given.ts'
import type { GivenRows } from '../../../test/support/rows.ts'
import type { CardRow } from '../rows.ts'
import { activateMember, type ActivateMember } from './activate.ts'

const CODE = '110201201245'
const MEMBERSHIP = { membership_number: 'AAA00000001', init_bonus: 100, init_balance: 200 }

const activate = (rows: GivenRows, change: Partial<ActivateMember> = {}, now = NOW) =>
  decide(activateMember, { code: CODE, membership: MEMBERSHIP, ...change }, rows, now)

const memberCard = (base_info: object = {}, change: Partial<CardRow> = {}): CardRow =>
  aCard({ face: aFace({ card_type: 'MEMBER_CARD', base_info }), ...change })

const ACTIVATED = { kind: 'member_activated', at: NOW, card_id: 'p_card', code: CODE, openid: 'o_holder' } as const

test('activating says who became a member, with which number and what is on the card', () => {
  const { facts, answer } = activate({ cards: [memberCard()], codes: [aCode()] })
  assert.equal(answer, null)
  assert.deepEqual(facts, [{ ...ACTIVATED, begin_time: null, end_time: null, detail: MEMBERSHIP }])
})

test('a time that is given makes a validity of its own, the other end of which is as it was', () => {
  const own = { begin_time: NOW - 7, end_time: NOW + 7 }
  const { begin_timestamp: begin_time, end_timestamp: end_time } = RANGE
  for (const [date_info, code, request, expected] of [
    [RANGE, {}, { activate_begin_time: NOW }, { begin_time: NOW, end_time }],
    [RANGE, {}, { activate_end_time: NOW + 9 }, { begin_time, end_time: NOW + 9 }],
    [RANGE, {}, { activate_begin_time: NOW, activate_end_time: NOW + 9 }, { begin_time: NOW, end_time: NOW + 9 }],
    [term(9), own, { activate_end_time: NOW + 9 }, { ...own, end_time: NOW + 9 }],
    [term(9), own, { activate_begin_time: NOW }, { ...own, begin_time: NOW }],
    [PERMANENT, { begin_time: NOW - 7 }, { activate_begin_time: NOW }, { begin_time: NOW, end_time: null }],
    [PERMANENT, { begin_time: NOW - 7 }, { activate_end_time: NOW }, { begin_time: NOW - 7, end_time: NOW }],
  ] as const) {
    const { facts } = activate({ cards: [memberCard({ date_info })], codes: [aCode(code)] }, request)
    assert.deepEqual(facts, [{ ...ACTIVATED, ...expected, detail: MEMBERSHIP }])
  }
})

test('a validity that ends when it begins or before cannot be, also where only one end of it is given', () => {
  const rows = { cards: [memberCard()], codes: [aCode()] }
  for (const request of [
    { activate_begin_time: NOW, activate_end_time: NOW },
    { activate_begin_time: NOW, activate_end_time: NOW - 1 },
    { activate_begin_time: RANGE.end_timestamp! },
    { activate_end_time: RANGE.begin_timestamp! },
  ]) {
    assert.throws(() => activate(rows, request), refusal('invalidTime'))
  }
  activate(rows, { activate_begin_time: NOW, activate_end_time: NOW + 1 })
})

test('a member who is activated again has the number that was given last', () => {
  const codes = [aCode({ begin_time: NOW - 7, end_time: NOW + 7 })]
  const membership = { ...MEMBERSHIP, membership_number: 'other' }
  const { facts } = activate({ cards: [memberCard()], codes }, { membership })
  assert.deepEqual(facts, [{ ...ACTIVATED, begin_time: null, end_time: null, detail: membership }])
})

test('a code that is not valid yet, or back from a gift that nobody took, is activated', () => {
  const cards = [memberCard()]
  activate({ cards, codes: [aCode({ begin_time: NOW + 1, end_time: NOW + 9 })] })
  activate({ cards, codes: [aCode(GIFT_TIMEOUT)] })
})

test('a code that is counted as expired is activated again once the range of its card is wider', () => {
  activate({ cards: [memberCard()], codes: [aCode({ status: 'EXPIRE' })] })
})

test('a code that is of no use is not activated, and the reason is told', () => {
  const cards = [memberCard()]
  const begin_time = NOW - 9
  for (const [change, reason, detail] of [
    [{ status: 'CONSUMED' }, 'alreadyConsumed', ''],
    [{ status: 'UNAVAILABLE' }, 'invalidUserCardStatus', 'UNAVAILABLE'],
    [{ status: 'DELETE' }, 'invalidUserCardStatus', 'DELETE'],
    [GIFTING, 'invalidUserCardStatus', 'GIFTING'],
    [{ begin_time, end_time: NOW - 1 }, 'invalidUserCardStatus', 'EXPIRE'],
    [{ begin_time, end_time: NOW - 1, status: 'EXPIRE' }, 'invalidUserCardStatus', 'EXPIRE'],
    [{ status: 'GIFT_SUCC' }, 'invalidSerialCode', /./],
  ] as const) {
    assert.throws(() => activate({ cards, codes: [aCode(change)] }), refusal(reason, detail), JSON.stringify(change))
  }
  activate({ cards, codes: [aCode({ begin_time, end_time: NOW })] })
})

test('only member cards are activated, whatever state the code is in', () => {
  for (const card_type of ['GROUPON', 'GIFT', 'MOVIE_TICKET'] as const) {
    const cards = [aCard({ face: aFace({ card_type }) })]
    for (const status of ['NORMAL', 'CONSUMED', 'DELETE'] as const) {
      assert.throws(() => activate({ cards, codes: [aCode({ status })] }), refusal('notSupported'))
    }
  }
})

test('a custom code is found with its card only, a generated one also without', () => {
  const custom = { cards: [memberCard({ use_custom_code: true })], codes: [aCode()] }
  assert.equal(
    reasonOf(() => activate(custom)),
    'invalidSerialCode',
  )
  activate(custom, { card_id: 'p_card' })
  const generated = { cards: [memberCard(), memberCard({}, { card_id: 'p_other' })], codes: [aCode()] }
  activate(generated, { card_id: 'p_card' })
  for (const change of [{ card_id: 'p_other' }, { card_id: 'p_none' }, { code: 'nobody has it' }]) {
    assert.throws(() => activate(generated, change), refusal('invalidSerialCode'))
  }
})

test('a member is activated although the card is deleted, waits for review or is used up', () => {
  for (const status of ['CARD_STATUS_DELETE', 'CARD_STATUS_NOT_VERIFY', 'CARD_STATUS_VERIFY_FAIL'] as const) {
    activate({ cards: [memberCard({}, { status, quantity: 0 })], codes: [aCode()] })
  }
})

test('the last second of a day counts', () => {
  const end_time = CALENDAR.startOfDay(NOW, 1) - 1
  const rows = { cards: [memberCard({ date_info: term(1) })], codes: [aCode({ begin_time: NOW - 9, end_time })] }
  activate(rows, {}, end_time)
  assert.throws(() => activate(rows, {}, end_time + 1), refusal('invalidUserCardStatus', 'EXPIRE'))
})
