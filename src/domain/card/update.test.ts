import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  aCard,
  aFace,
  aMerchant,
  decide,
  NOW,
  PERMANENT,
  RANGE,
  reasonOf,
  refusal,
  term,
} from '../../../test/support/given.ts'
import type { FaceChanges } from '../../shape/card/card.ts'
import type { CardUpdate } from '../../shape/card/update.ts'
import type { CardRow } from '../rows.ts'
import { updateCard } from './update.ts'

type Review = 'automatic' | 'manual'

/** What changing a card by such a request decides. */
function update(request: Partial<CardUpdate>, card: CardRow = aCard(), review: Review = 'automatic') {
  const whole: CardUpdate = {
    card_id: 'p_card',
    card_type: 'GROUPON',
    changes: { base_info: {}, fields: {} },
    review: false,
    ...request,
  }
  return decide(updateCard, whole, { merchant: aMerchant({ settings: { review } }), cards: [card] })
}

const changes = (base_info: FaceChanges['base_info'], fields: FaceChanges['fields'] = {}): FaceChanges => ({
  base_info,
  fields,
})

const kindsOf = ({ facts }: ReturnType<typeof update>): string[] => facts.map(({ kind }) => kind)

test('a change is one fact with all that changes', () => {
  const change = changes({ service_phone: '020-1', custom_url: null })
  assert.deepEqual(update({ changes: change }), {
    facts: [{ kind: 'card_updated', at: NOW, card_id: 'p_card', detail: { changes: change, send_check: false } }],
    answer: { send_check: false },
  })
})

test('where review is automatic, approval follows a reviewed change at once; by hand it does not', () => {
  const request = { changes: changes({ notice: '新提醒' }), review: true }
  const passed = update(request)
  assert.deepEqual(passed.answer, { send_check: true })
  assert.deepEqual(kindsOf(passed), ['card_updated', 'card_approved'])
  const waiting = update(request, aCard(), 'manual')
  assert.deepEqual(waiting.answer, { send_check: true })
  assert.deepEqual(kindsOf(waiting), ['card_updated'])
})

test('of the states only that of a refused card makes every change a reviewed one', () => {
  for (const [status, send_check] of [
    ['CARD_STATUS_VERIFY_FAIL', true],
    ['CARD_STATUS_NOT_VERIFY', false],
    ['CARD_STATUS_VERIFY_OK', false],
    ['CARD_STATUS_DISPATCH', false],
  ] as const) {
    const { answer } = update({ changes: changes({ can_share: false }) }, aCard({ status }), 'manual')
    assert.deepEqual(answer, { send_check }, status)
  }
})

test('a request without changes is no fact, also for a refused card', () => {
  for (const status of ['CARD_STATUS_VERIFY_OK', 'CARD_STATUS_VERIFY_FAIL'] as const) {
    assert.deepEqual(update({}, aCard({ status })), { facts: [], answer: { send_check: false } })
  }
})

test('a request that names what the card has already is no fact, unless a field of it is looked at', () => {
  const base_info = { service_phone: '020-1', location_id_list: [5, 6], can_share: false }
  for (const status of ['CARD_STATUS_VERIFY_OK', 'CARD_STATUS_VERIFY_FAIL'] as const) {
    const card = aCard({ status, face: aFace({ base_info }) })
    const { face } = card
    for (const request of [
      { date_info: face.base_info.date_info },
      { date_info: { end_timestamp: RANGE.end_timestamp! } },
      { changes: changes(base_info), date_info: RANGE },
      { changes: changes({ custom_url: null }) },
    ]) {
      assert.deepEqual(update(request, card), { facts: [], answer: { send_check: false } })
    }
    const { notice } = face.base_info
    assert.deepEqual(update({ changes: changes({ notice }), review: true }, card).answer, { send_check: true })
  }
})

test('a card is refused for being unknown, then deleted, then of another type', () => {
  const other = { card_type: 'CASH' } as const
  assert.throws(() => update({ card_id: 'p_other', ...other }), refusal('invalidCardId'))
  assert.throws(() => update(other, aCard({ status: 'CARD_STATUS_DELETE' })), refusal('invalidCardStatus'))
  assert.throws(() => update(other), refusal('invalidCardType', 'the card is a GROUPON'))
})

test('points are turned on and never off', () => {
  const reason = (before: boolean, after: boolean) => {
    const face = aFace({ card_type: 'MEMBER_CARD', fields: { supply_bonus: before } })
    const request = { card_type: 'MEMBER_CARD', changes: changes({}, { supply_bonus: after }) } as const
    return reasonOf(() => update(request, aCard({ face })))
  }
  assert.deepEqual(
    [reason(false, true), reason(true, true), reason(false, false), reason(true, false)],
    [undefined, undefined, undefined, 'bonusTurnedOff'],
  )
})

test('the middle of a card is judged as it would be after the change', () => {
  const face = { ...aFace({ base_info: { location_id_list: [5] } }), cells: { pay: true as const } }
  const reason = (base_info: FaceChanges['base_info']) =>
    reasonOf(() => update({ changes: changes(base_info) }, aCard({ face })))
  assert.equal(reason({ center_url: 'https://example.com' }), 'payCellAndCenter')
  assert.equal(reason({ center_url: null }), undefined)
  assert.equal(reason({ location_id_list: null }), 'requireLocation')
  assert.equal(reason({ location_id_list: null, use_all_locations: true }), undefined)
  assert.equal(reason({ location_id_list: [6] }), undefined)
})

// Libraries in which a second is a plain number send 0 for one that was not set.
test('a second of 0 stays what it was', () => {
  const end_timestamp = RANGE.end_timestamp! + 1
  const { facts } = update({ date_info: { type: RANGE.type, begin_timestamp: 0, end_timestamp } })
  assert.deepEqual(facts, [
    {
      kind: 'card_updated',
      at: NOW,
      card_id: 'p_card',
      detail: { changes: changes({ date_info: { ...RANGE, end_timestamp } }), send_check: false },
    },
  ])
})

test('a range is accepted where it holds the one before, and only there, whatever is asked', () => {
  const near = (second: number) => fc.integer({ min: -3, max: 3 }).map((by) => second + by)
  const [begin, end] = [RANGE.begin_timestamp!, RANGE.end_timestamp!]
  const asked = fc.record({ begin_timestamp: near(begin), end_timestamp: near(end) }, { requiredKeys: [] })
  fc.assert(
    fc.property(asked, fc.boolean(), (date_info, typed) => {
      const request = { date_info: { ...date_info, ...(typed && { type: RANGE.type }) } }
      const { begin_timestamp = begin, end_timestamp = end } = date_info
      const isWider = begin_timestamp <= begin && end_timestamp >= end
      const isSame = begin_timestamp === begin && end_timestamp === end
      let facts: readonly unknown[] = []
      const reason = reasonOf(() => (facts = update(request).facts))
      assert.equal(reason, isWider ? undefined : 'invalidDateInfo')
      const detail = {
        changes: changes({ date_info: { ...RANGE, begin_timestamp, end_timestamp } }),
        send_check: false,
      }
      assert.deepEqual(facts, isWider && !isSame ? [{ kind: 'card_updated', at: NOW, card_id: 'p_card', detail }] : [])
    }),
    { numRuns: 500 },
  )
})

test('no other validity becomes another one', () => {
  const types = [RANGE, term(15), PERMANENT]
  for (const before of types) {
    for (const date_info of types) {
      if (before === date_info && before.type !== 'DATE_TYPE_FIX_TERM') continue
      const card = aCard({ base_info: { date_info: before } })
      assert.throws(() => update({ date_info }, card), refusal('invalidDateInfo'), `${before.type} ${date_info.type}`)
    }
  }
})
