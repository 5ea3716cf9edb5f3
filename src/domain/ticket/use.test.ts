import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCard, aMerchant, decide, NOW, refusal } from '../../../test/support/given.ts'
import { MemoryRows } from '../../../test/support/rows.ts'
import { receiveCode, type ReceiveCode } from '../code/receive.ts'
import type { TicketRow } from '../rows.ts'
import { offerOf } from './use.ts'

const aTicket = (change: Partial<TicketRow> = {}): TicketRow => ({
  ticket: 'ticket',
  expire_time: NOW + 60,
  is_unique_code: false,
  used: false,
  offers: [{ card_id: 'p_card', outer_str: 'poster' }, { card_id: 'p_2', openid: 'o_1' }, { card_id: 'p_3' }],
  ...change,
})

const ASKED = { ticket: 'ticket', card_id: 'p_card', openid: 'o_holder' }

const use = (row: TicketRow, asked: Partial<typeof ASKED> = {}, now = NOW) =>
  offerOf(new MemoryRows({ tickets: [row] }), { ...ASKED, ...asked }, now)

test('a ticket offers each of its cards as it was made', () => {
  assert.deepEqual(use(aTicket()), { card_id: 'p_card', outer_str: 'poster', is_unique_code: false })
  assert.deepEqual(use(aTicket({ is_unique_code: true }), { card_id: 'p_3' }), { card_id: 'p_3', is_unique_code: true })
})

test('a ticket that is unknown, used up, over or of another card offers nothing', () => {
  assert.throws(() => use(aTicket(), { ticket: 'other' }), refusal('invalidCardExt', 'unknown ticket'))
  assert.throws(() => use(aTicket({ used: true })), refusal('invalidCardExt', 'the ticket is used up'))
  assert.throws(() => use(aTicket(), { card_id: 'p_4' }), refusal('invalidCardExt', 'the ticket is for another card'))
})

test('a ticket is good to its last second', () => {
  use(aTicket(), {}, NOW + 60)
  assert.throws(() => use(aTicket(), {}, NOW + 61), refusal('invalidCardExt', 'the ticket is over'))
})

test('an offer for one holder is none for another', () => {
  assert.throws(() => use(aTicket(), { card_id: 'p_2' }), refusal('invalidOpenid'))
  assert.equal(use(aTicket(), { card_id: 'p_2', openid: 'o_1' }).openid, 'o_1')
})

const receive = (row: TicketRow, request: Partial<ReceiveCode> = {}, base_info = {}) =>
  decide(
    receiveCode,
    { ...ASKED, fresh_codes: ['000000000001'], ...request },
    { merchant: aMerchant(), cards: [aCard({ base_info })], tickets: [row] },
  )

test('only a ticket for one is used up by a receipt', () => {
  const kindsOf = (row: TicketRow) => receive(row).facts.map(({ kind }) => kind)
  assert.deepEqual(kindsOf(aTicket()), ['code_received'])
  assert.deepEqual(kindsOf(aTicket({ is_unique_code: true })), ['code_received', 'ticket_used'])
  assert.deepEqual(receive(aTicket({ is_unique_code: true })).facts[1], {
    kind: 'ticket_used',
    at: NOW,
    detail: { ticket: 'ticket' },
  })
})

test("the ticket's code and channel go before those of the request", () => {
  const CUSTOM = { use_custom_code: true }
  const named = aTicket({ offers: [{ card_id: 'p_card', code: 'VIP', outer_str: 'poster' }] })
  const plain = aTicket({ offers: [{ card_id: 'p_card' }] })
  const told = (row: TicketRow) => {
    const [fact] = receive(row, { code: 'MINE', outer_str: 'app' }, CUSTOM).facts
    assert.ok(fact?.kind === 'code_received')
    return [fact.code, fact.outer_str]
  }
  assert.deepEqual(told(named), ['VIP', 'poster'])
  assert.deepEqual(told(plain), ['MINE', 'app'])
})
