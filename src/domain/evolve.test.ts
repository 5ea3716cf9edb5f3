import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aCard, aCode, aFace, aMerchant, APPID, NOW } from '../../test/support/given.ts'
import { live } from '../../test/support/live.ts'
import { history } from '../../test/support/random-commands.ts'
import { MemoryRows } from '../../test/support/rows.ts'
import { evolve } from './evolve.ts'
import type { Fact, NumberedFact } from './facts.ts'
import { DEFAULT_SETTINGS } from './merchant/merchant.ts'

const after = (rows: MemoryRows, ...facts: Fact[]): MemoryRows => {
  for (const [index, fact] of facts.entries()) evolve(APPID, rows, { ...fact, fact: 100 + index, previous: null })
  return rows
}

const CARD = { at: NOW, card_id: 'p_card' }
const CODE = { ...CARD, code: '110201201245', openid: 'o_holder' }
const RECEIVED = { kind: 'code_received', ...CODE, begin_time: NOW, end_time: null, outer_str: 'poster' } as const

test('a merchant begins with what it was made with, and changes one thing at a time', () => {
  const detail = { secret_hash: 'first', sandbox: true, clock_offset_s: 5, settings: DEFAULT_SETTINGS }
  const rows = after(new MemoryRows(), { kind: 'merchant_created', at: NOW, detail })
  assert.deepEqual(rows.merchant(), { appid: APPID, ...detail, white_list: { openids: [], usernames: [] } })
  after(rows, { kind: 'secret_changed', at: NOW, detail: { secret_hash: 'second' } })
  after(rows, { kind: 'clock_moved', at: NOW, detail: { clock_offset_s: 9 } })
  after(rows, { kind: 'merchant_changed', at: NOW, detail: { settings: { review: 'manual' } } })
  assert.deepEqual(rows.merchant(), {
    appid: APPID,
    secret_hash: 'second',
    sandbox: true,
    clock_offset_s: 9,
    settings: { ...DEFAULT_SETTINGS, review: 'manual' },
    white_list: { openids: [], usernames: [] },
  })
})

test('a new card waits for review, with all its stock left', () => {
  const detail = { source: 'console', face: aFace() } as const
  const rows = after(new MemoryRows(), { kind: 'card_created', ...CARD, quantity: 100, detail })
  assert.deepEqual(rows.card('p_card'), {
    card_id: 'p_card',
    status: 'CARD_STATUS_NOT_VERIFY',
    source: 'console',
    quantity: 100,
    total_quantity: 100,
    deposited: 0,
    create_time: NOW,
    update_time: NOW,
    refuse_reason: null,
    face: aFace(),
    version: 1,
  })
})

test('review and deletion change the state of a card and the time of its change', () => {
  const later = { ...CARD, at: NOW + 9 }
  const changed = (...facts: Fact[]) =>
    after(new MemoryRows({ cards: [aCard({ refuse_reason: 'old' })] }), ...facts).card('p_card')
  const at = { update_time: NOW + 9 }
  assert.deepEqual(changed({ kind: 'card_refused', ...later, detail: { reason: '含糊' } }), {
    ...aCard(at),
    status: 'CARD_STATUS_VERIFY_FAIL',
    refuse_reason: '含糊',
  })
  assert.deepEqual(changed({ kind: 'card_approved', ...later }), aCard({ ...at, refuse_reason: null }))
  assert.deepEqual(changed({ kind: 'card_deleted', ...later }), {
    ...aCard({ ...at, refuse_reason: 'old' }),
    status: 'CARD_STATUS_DELETE',
  })
})

test('more and less stock change what is left and what was ever offered alike', () => {
  const rows = new MemoryRows({ cards: [aCard({ quantity: 5, total_quantity: 9 })] })
  after(rows, { kind: 'stock_changed', ...CARD, quantity: 3 }, { kind: 'stock_changed', ...CARD, quantity: -8 })
  assert.deepEqual(rows.card('p_card'), aCard({ quantity: 0, total_quantity: 4 }))
})

test('a view changes no row', () => {
  const rows = new MemoryRows({ cards: [aCard()], merchant: aMerchant() })
  const before = rows.all()
  after(rows, { kind: 'card_viewed', ...CARD, openid: 'o_holder', outer_str: null })
  assert.deepEqual(rows.all(), before)
})

test('a code that is received takes one from the stock, counts for its holder, and knows its first fact', () => {
  const rows = after(new MemoryRows({ cards: [aCard()] }), RECEIVED)
  assert.deepEqual(rows.card('p_card'), aCard({ quantity: 89 }))
  assert.deepEqual(rows.holding('p_card', 'o_holder'), { card_id: 'p_card', openid: 'o_holder', codes: 1 })
  const code = aCode({ begin_time: NOW, end_time: null, outer_str: 'poster', fact: 100 })
  assert.deepEqual(rows.codes(code.code), [code])
})

test('a code that is consumed or taken out of use gives nothing back to the stock', () => {
  for (const [kind, status] of [
    ['code_consumed', 'CONSUMED'],
    ['code_made_unavailable', 'UNAVAILABLE'],
  ] as const) {
    const rows = after(new MemoryRows({ cards: [aCard()], codes: [aCode()] }), { kind, ...CODE })
    assert.deepEqual(rows.codes(CODE.code), [aCode({ status, fact: 100 })])
    assert.deepEqual(rows.card('p_card'), aCard())
  }
})

test('whatever else becomes of a code ends its gift, but one that expires is remembered with it', () => {
  const gift = { gift_ticket: 'ticket', gift_expire_time: NOW }
  const rows = () => new MemoryRows({ cards: [aCard()], codes: [aCode({ status: 'GIFTING', ...gift })] })
  const expired = after(rows(), { kind: 'code_expired', ...CODE })
  assert.deepEqual(expired.codes(CODE.code), [aCode({ status: 'EXPIRE', ...gift, fact: 100 })])
  assert.equal(expired.codeOfGift('ticket')?.code, CODE.code)
  for (const kind of ['gift_returned', 'code_deleted', 'code_made_unavailable', 'code_consumed'] as const) {
    for (const former of [rows(), expired]) {
      assert.equal(after(former, { kind, ...CODE }).codeOfGift('ticket'), undefined, kind)
    }
  }
})

test('of several codes that bear one number only the one of the fact’s card changes', () => {
  const codes = [aCode({ card_id: 'p_other' }), aCode()]
  const rows = after(new MemoryRows({ cards: [aCard(), aCard({ card_id: 'p_other' })], codes }), {
    kind: 'code_consumed',
    ...CODE,
  })
  assert.deepEqual(
    rows.codes(CODE.code).map(({ card_id, status }) => [card_id, status]),
    [
      ['p_other', 'NORMAL'],
      ['p_card', 'CONSUMED'],
    ],
  )
})

test('a fact about something that does not exist breaks, and says about what', () => {
  const rows = new MemoryRows({ cards: [aCard()] })
  assert.throws(() => after(rows, { kind: 'card_deleted', at: NOW, card_id: 'p_other' }), /does not exist: p_other/)
  assert.throws(() => after(rows, { kind: 'code_consumed', ...CODE }), /does not exist: 110201201245 of p_card/)
  const detail = { secret_hash: '' }
  assert.throws(() => after(rows, { kind: 'secret_changed', at: NOW, detail }), /merchant that does not exist/)
})

test('in any history a refused command changes nothing, and the facts of the others make the same rows again', () => {
  let accepted = 0
  let refused = 0
  fc.assert(
    fc.property(history(80), (list) => {
      const rows = new MemoryRows()
      const facts: NumberedFact[] = []
      for (const asked of list) {
        const before = rows.all()
        const count = facts.length
        if ('answer' in live(asked, rows, facts)) accepted++
        else {
          refused++
          assert.deepEqual(rows.all(), before)
          assert.equal(facts.length, count)
        }
      }
      const replayed = new MemoryRows()
      const stored = JSON.parse(JSON.stringify(facts)) as NumberedFact[]
      for (const fact of stored) evolve(APPID, replayed, fact)
      assert.deepEqual(replayed.all(), rows.all())
    }),
    { numRuns: 300 },
  )
  // A history that only refuses, or never does, would prove little.
  assert.ok(accepted > 3000 && refused > 3000, `${accepted} accepted, ${refused} refused`)
})
