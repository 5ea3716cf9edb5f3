import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCard, decide, NOW, RANGE, reasonOf, refusal } from '../../../test/support/given.ts'
import type { CardRow, Offer } from '../rows.ts'
import { createTicket, type CreateTicket } from './create.ts'

const make = (cards: readonly CardRow[], offers: readonly Offer[], change: Partial<CreateTicket> = {}, now = NOW) =>
  decide(
    createTicket,
    { ticket: 'ticket', expire_seconds: 60, is_unique_code: false, offers, ...change },
    { cards },
    now,
  )

const CUSTOM = aCard({ card_id: 'p_custom', base_info: { use_custom_code: true } })
const DEPOSITED = aCard({
  card_id: 'p_pool',
  base_info: { use_custom_code: true, get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT' },
})
const BOUND = aCard({ card_id: 'p_bound', base_info: { bind_openid: true } })

test('a ticket offers what was asked for, unused, until its time is over', () => {
  const offers = [
    { card_id: 'p_card', outer_str: 'poster' },
    { card_id: 'p_custom', code: 'VIP' },
    { card_id: 'p_bound', openid: 'o_1' },
  ]
  const { facts, answer } = make([aCard(), CUSTOM, BOUND], offers)
  const detail = { ticket: 'ticket', expire_time: NOW + 60, is_unique_code: false, offers }
  assert.deepEqual(facts, [{ kind: 'ticket_created', at: NOW, detail }])
  assert.deepEqual(answer, { ticket: 'ticket' })
})

test('every card must be there and not be deleted', () => {
  const offers = [{ card_id: 'p_card' }, { card_id: 'p_2' }]
  assert.throws(() => make([aCard()], offers), refusal('invalidCardId'))
  const deleted = aCard({ card_id: 'p_2', status: 'CARD_STATUS_DELETE' })
  assert.throws(() => make([aCard(), deleted], offers), refusal('invalidCardStatus', 'the card is deleted'))
})

test('a card that is bound to holders needs one, and only that card does', () => {
  assert.throws(() => make([BOUND], [{ card_id: 'p_bound' }]), refusal('invalidActionInfo'))
  make([BOUND], [{ card_id: 'p_bound', openid: 'o_1' }])
  make([aCard({ base_info: { bind_openid: false } })], [{ card_id: 'p_card' }])
})

test('a card brings a code where its codes are custom and not deposited, and else none', () => {
  for (const [card, without, within] of [
    [aCard(), undefined, 'invalidCode'],
    [CUSTOM, 'missingCode', undefined],
    [DEPOSITED, undefined, 'invalidCode'],
  ] as const) {
    const { card_id } = card
    assert.equal(
      reasonOf(() => make([card], [{ card_id }])),
      without,
      card_id,
    )
    assert.equal(
      reasonOf(() => make([card], [{ card_id, code: 'VIP' }])),
      within,
      card_id,
    )
  }
})

test('a code that no holder could receive is refused at once', () => {
  for (const [code, reason] of [
    ['1234567890123456789', undefined],
    ['12345678901234567890', undefined],
    ['123456789012345678901', 'tooLong'],
    ['券券券券券券券', 'tooLong'],
    ['a b', 'invalidCode'],
    ['a\u0007', 'invalidCode'],
  ] as const) {
    assert.equal(
      reasonOf(() => make([CUSTOM], [{ card_id: 'p_custom', code }])),
      reason,
      code,
    )
  }
})

test('a ticket for one is made only while its card can be received, any other while it is not deleted', () => {
  for (const [change, now, reason] of [
    [{}, NOW, undefined],
    [{ status: 'CARD_STATUS_DISPATCH' }, NOW, undefined],
    [{ status: 'CARD_STATUS_NOT_VERIFY' }, NOW, 'invalidCardStatus'],
    [{ status: 'CARD_STATUS_VERIFY_FAIL' }, NOW, 'invalidCardStatus'],
    [{ quantity: 1 }, NOW, undefined],
    [{ quantity: 0 }, NOW, 'stockUsedUp'],
    [{}, RANGE.end_timestamp!, undefined],
    [{}, RANGE.end_timestamp! + 1, 'invalidCardStatus'],
  ] as const) {
    const offers = [{ card_id: 'p_card' }]
    assert.equal(
      reasonOf(() => make([aCard(change)], offers, { is_unique_code: true }, now)),
      reason,
      JSON.stringify(change),
    )
    make([aCard(change)], offers, {}, now)
  }
})
