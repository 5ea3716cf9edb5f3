import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DAY_S } from '../../clock.ts'
import {
  aCard,
  aCode,
  aMerchant,
  decide,
  NOW,
  PERMANENT,
  RANGE,
  reasonOf,
  refusal,
  term,
} from '../../../test/support/given.ts'
import type { GivenRows } from '../../../test/support/rows.ts'
import type { CardRow, HoldingRow } from '../rows.ts'
import { receiveCode, type ReceiveCode } from './receive.ts'

const REQUEST: ReceiveCode = {
  card_id: 'p_card',
  openid: 'o_holder',
  fresh_codes: ['000000000001', '000000000002', '000000000003'],
}

const receive = (rows: GivenRows, change: Partial<ReceiveCode> = {}, now = NOW) =>
  decide(receiveCode, { ...REQUEST, ...change }, { merchant: aMerchant(), ...rows }, now)

const received = (count: number): HoldingRow => ({
  card_id: 'p_card',
  openid: 'o_holder',
  codes: count,
})

const CUSTOM = { use_custom_code: true }
const DEPOSITED = { use_custom_code: true, get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT' as const }

test('a holder who receives a code learns its number, and from when to when it is valid', () => {
  const { facts, answer } = receive({ cards: [aCard()] }, { outer_str: 'poster' })
  assert.deepEqual(answer, {
    card_id: 'p_card',
    code: '000000000001',
    openid: 'o_holder',
    begin_time: RANGE.begin_timestamp,
    end_time: RANGE.end_timestamp,
  })
  assert.deepEqual(facts, [
    {
      kind: 'code_received',
      at: NOW,
      card_id: 'p_card',
      code: '000000000001',
      openid: 'o_holder',
      begin_time: null,
      end_time: null,
      outer_str: 'poster',
    },
  ])
})

test('a code of a term has a validity of its own from the first second of its first day', () => {
  const { facts, answer } = receive({ cards: [aCard({ base_info: { date_info: term(90) } })] })
  const validity = { begin_time: NOW - 12 * 3600, end_time: NOW + 12 * 3600 + 89 * DAY_S - 1 }
  const { begin_time, end_time } = answer
  assert.deepEqual({ begin_time, end_time }, validity)
  assert.deepEqual(facts, [{ ...facts[0], ...validity }])
})

test('a code for ever begins with its receipt', () => {
  const { answer } = receive({ cards: [aCard({ base_info: { date_info: PERMANENT } })] })
  assert.deepEqual([answer.begin_time, answer.end_time], [NOW, null])
})

test('a card in no state but approved or distributed is not on offer', () => {
  for (const [status, reason] of [
    ['CARD_STATUS_NOT_VERIFY', 'invalidCardStatus'],
    ['CARD_STATUS_VERIFY_FAIL', 'invalidCardStatus'],
    ['CARD_STATUS_VERIFY_OK', undefined],
    ['CARD_STATUS_DISPATCH', undefined],
    ['CARD_STATUS_DELETE', 'invalidCardStatus'],
  ] as const) {
    assert.equal(
      reasonOf(() => receive({ cards: [aCard({ status })] })),
      reason,
      status,
    )
  }
})

test('a card is on offer until the last second of its range, that second included', () => {
  const rows = { cards: [aCard()] }
  receive(rows, {}, RANGE.end_timestamp)
  assert.throws(() => receive(rows, {}, RANGE.end_timestamp! + 1), refusal('invalidCardStatus', 'the card is over'))
})

test('a code may be received before its validity begins', () => {
  receive({ cards: [aCard()] }, {}, RANGE.begin_timestamp! - 1)
})

test('a term that ends for everyone on one day is on offer until that second', () => {
  const end_timestamp = NOW + 5 * DAY_S
  const rows = { cards: [aCard({ base_info: { date_info: term(90, 0, { end_timestamp }) } })] }
  assert.equal(receive(rows).answer.end_time, end_timestamp)
  assert.equal(receive(rows, {}, end_timestamp).answer.end_time, end_timestamp)
  assert.throws(() => receive(rows, {}, end_timestamp + 1), refusal('invalidCardStatus'))
})

test('a term whose common end is 0, as some clients write none, is on offer', () => {
  const date_info = term(1, 0, { begin_timestamp: 0, end_timestamp: 0 })
  const { begin_time, end_time } = receive({ cards: [aCard({ base_info: { date_info } })] }).answer
  assert.equal(end_time! + 1 - begin_time, DAY_S)
})

test('nobody is given a code that ends before it begins', () => {
  const dates = fc.record({
    term: fc.integer({ min: 0, max: 40 }),
    begin: fc.integer({ min: 0, max: 40 }),
    end: fc.option(fc.integer({ min: 0, max: 40 * DAY_S })),
    now: fc.integer({ min: 0, max: 40 * DAY_S }),
  })
  fc.assert(
    fc.property(dates, ({ term: days, begin, end, now }) => {
      const date_info = term(days, begin, end === null ? {} : { end_timestamp: NOW + end })
      const cards = [aCard({ base_info: { date_info } })]
      const reason = reasonOf(() => {
        const { begin_time, end_time } = receive({ cards }, {}, NOW + now).answer
        assert.ok(begin_time <= end_time!, `valid from ${begin_time} to ${end_time}`)
      })
      assert.ok(reason === undefined || reason === 'invalidCardStatus')
    }),
    { numRuns: 2000 },
  )
})

test('the last of a stock is given, and nothing after it', () => {
  assert.equal(receive({ cards: [aCard({ quantity: 1 })] }).facts.length, 1)
  assert.throws(() => receive({ cards: [aCard({ quantity: 0 })] }), refusal('stockUsedUp'))
})

test('a holder receives get_limit codes, and fifty where the card does not say', () => {
  for (const [get_limit, most] of [
    [1, 1],
    [3, 3],
    [undefined, 50],
  ] as const) {
    const cards = [aCard({ base_info: { ...(get_limit !== undefined && { get_limit }) } })]
    receive({ cards, holdings: [received(most - 1)] })
    assert.throws(() => receive({ cards, holdings: [received(most)] }), refusal('overGetLimit'))
    assert.throws(() => receive({ cards, holdings: [received(most + 1)] }), refusal('overGetLimit'))
  }
})

test('what other holders have, and the same holder of other cards, does not count', () => {
  const holdings = [
    { ...received(1), openid: 'o_other' },
    { ...received(1), card_id: 'p_other' },
  ]
  receive({ cards: [aCard({ base_info: { get_limit: 1 } })], holdings })
})

test('of the numbers at hand the first that nobody of the merchant has is taken', () => {
  const cards = [aCard(), aCard({ card_id: 'p_other' })]
  const codes = [
    aCode({ code: '000000000001', status: 'CONSUMED' }),
    aCode({ code: '000000000002', card_id: 'p_other' }),
  ]
  assert.equal(receive({ cards, codes }).answer.code, '000000000003')
  const all = [...codes, aCode({ code: '000000000003' })]
  assert.throws(() => receive({ cards, codes: all }), refusal('systemError', 'no free code'))
})

test('a generated code is never chosen by who asks', () => {
  assert.throws(() => receive({ cards: [aCard()] }, { code: '123456789012' }), refusal('invalidCode'))
})

test('a custom code is the one that is given, once for each card', () => {
  const cards = [aCard({ base_info: CUSTOM }), aCard({ card_id: 'p_other', base_info: CUSTOM })]
  assert.equal(receive({ cards }, { code: 'VIP-001' }).answer.code, 'VIP-001')
  assert.throws(() => receive({ cards }), refusal('missingCode'))
  const ofOther = [aCode({ code: 'VIP-001', card_id: 'p_other' })]
  assert.equal(receive({ cards, codes: ofOther }, { code: 'VIP-001' }).answer.code, 'VIP-001')
  for (const status of ['NORMAL', 'CONSUMED', 'UNAVAILABLE', 'DELETE'] as const) {
    const codes = [aCode({ code: 'VIP-001', status, openid: 'o_other' })]
    assert.throws(() => receive({ cards, codes }, { code: 'VIP-001' }), refusal('sameCode'), status)
  }
})

test('a custom code that holds blanks or control characters is no code', () => {
  const cards = [aCard({ base_info: CUSTOM })]
  for (const code of ['VIP 001', ' VIP', 'VIP\n', 'VIP\t1', 'VIP\u007f', '券\u30001']) {
    assert.throws(() => receive({ cards }, { code }), refusal('invalidCode'), JSON.stringify(code))
  }
  assert.equal(receive({ cards }, { code: '券-001/甲' }).answer.code, '券-001/甲')
})

test('a custom code has twenty bytes at most, and is measured before it is looked at', () => {
  const cards = [aCard({ base_info: CUSTOM })]
  for (const code of ['1'.repeat(20), '券'.repeat(6)]) assert.equal(receive({ cards }, { code }).answer.code, code)
  for (const code of ['1'.repeat(21), '券'.repeat(7), ' '.repeat(21)]) {
    assert.throws(() => receive({ cards }, { code }), refusal('tooLong', 'code'))
  }
})

test('a card whose codes are deposited has none before some are', () => {
  const cards = [aCard({ base_info: DEPOSITED, quantity: 0, total_quantity: 0 })]
  assert.throws(() => receive({ cards }), refusal('stockUsedUp', 'no deposited code is left'))
  assert.throws(() => receive({ cards }, { code: 'VIP-001' }), refusal('invalidCode'))
})

test('where several things are wrong, the refusals come in this order', () => {
  const wrong: CardRow = aCard({
    status: 'CARD_STATUS_DELETE',
    quantity: 0,
    base_info: { ...CUSTOM, get_limit: 1, date_info: { ...RANGE, end_timestamp: NOW - 1 } },
  })
  const living: CardRow = { ...wrong, status: 'CARD_STATUS_VERIFY_OK' }
  const { base_info } = living.face
  const current: CardRow = { ...living, face: { ...living.face, base_info: { ...base_info, date_info: RANGE } } }
  const stocked: CardRow = { ...current, quantity: 1 }
  const codes = [aCode({ code: 'VIP-001', openid: 'o_other' })]
  const holdings = [received(1)]
  const steps: [GivenRows, Partial<ReceiveCode>, string | undefined][] = [
    [{ holdings }, {}, 'invalidCardId'],
    [{ cards: [wrong], holdings, codes }, {}, 'invalidCardStatus'],
    [{ cards: [living], holdings, codes }, {}, 'invalidCardStatus'],
    [{ cards: [current], holdings, codes }, {}, 'missingCode'],
    [{ cards: [current], holdings, codes }, { code: 'VIP-001' }, 'sameCode'],
    [{ cards: [current], holdings, codes }, { code: 'VIP-002' }, 'stockUsedUp'],
    [{ cards: [stocked], holdings, codes }, { code: 'VIP-002' }, 'overGetLimit'],
    [{ cards: [stocked], codes }, { code: 'VIP-002' }, undefined],
  ]
  assert.deepEqual(
    steps.map(([rows, request]) => reasonOf(() => receive(rows, request))),
    steps.map(([, , reason]) => reason),
  )
})
