import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  aFace,
  aMerchant,
  decide,
  NOW,
  RANGE,
  reasonOf,
  refusal,
  type FaceChange,
} from '../../../test/support/given.ts'
import type { Settings } from '../rows.ts'
import { createCard } from './create.ts'

const create = (change: FaceChange = {}, quantity = 100, settings: Partial<Settings> = {}) =>
  decide(
    createCard,
    { card_id: 'p_new', face: aFace(change), quantity, source: 'api' },
    { merchant: aMerchant({ settings }) },
  )

const CUSTOM = { use_custom_code: true }
const DEPOSITED = { ...CUSTOM, get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT' as const }

test('where review is automatic a new card passes at once', () => {
  const { facts, answer } = create()
  const detail = { source: 'api', face: aFace() }
  assert.deepEqual(answer, { card_id: 'p_new' })
  assert.deepEqual(facts, [
    { kind: 'card_created', at: NOW, card_id: 'p_new', quantity: 100, detail },
    { kind: 'card_approved', at: NOW, card_id: 'p_new' },
  ])
})

test('where review is manual a new card waits', () => {
  const { facts } = create({}, 100, { review: 'manual' })
  assert.deepEqual(
    facts.map(({ kind }) => kind),
    ['card_created'],
  )
})

test('custom codes and balances need the merchant’s permission', () => {
  create({ base_info: CUSTOM })
  assert.throws(() => create({ base_info: CUSTOM }, 9, { custom_code: false }), refusal('requireCustomCode'))
  create({ base_info: { use_custom_code: false } }, 9, { custom_code: false })

  const withBalance = (supply_balance: boolean): FaceChange => ({
    card_type: 'MEMBER_CARD',
    fields: { supply_balance },
  })
  create(withBalance(true))
  assert.throws(() => create(withBalance(true), 9, { balance: false }), refusal('requireBalance'))
  create(withBalance(false), 9, { balance: false })
})

test('a stock begins with one at least, and a hundred million at most', () => {
  create({}, 1)
  create({}, 100_000_000)
  for (const quantity of [0, -1, 100_000_001]) {
    assert.throws(() => create({}, quantity), refusal('invalidQuantity', 'm_data.base_info().sku().quantity'))
  }
})

test('the stock of a card with deposited codes begins with none', () => {
  create({ base_info: DEPOSITED }, 0)
  assert.throws(() => create({ base_info: DEPOSITED }, 1), refusal('depositOverPool'))
  const generated = { ...DEPOSITED, use_custom_code: false }
  assert.throws(
    () => create({ base_info: generated }, 0),
    refusal('missingFields', 'm_data.base_info().use_custom_code'),
  )
})

test('where several things are wrong, the refusals come in this order', () => {
  const off = { custom_code: false, balance: false }
  const over = { ...RANGE, end_timestamp: NOW - 1 }
  const fields = { supply_balance: true }
  const steps: [FaceChange, number, Partial<Settings>, string | undefined][] = [
    [{ card_type: 'MEMBER_CARD', base_info: { ...CUSTOM, date_info: over }, fields }, 0, off, 'requireCustomCode'],
    [{ card_type: 'MEMBER_CARD', base_info: { date_info: over }, fields }, 0, off, 'requireBalance'],
    [{ card_type: 'MEMBER_CARD', base_info: { date_info: over }, fields }, 0, {}, 'invalidTime'],
    [{ card_type: 'MEMBER_CARD', fields }, 0, {}, 'invalidQuantity'],
    [{ card_type: 'MEMBER_CARD', fields }, 1, {}, undefined],
  ]
  assert.deepEqual(
    steps.map(([change, quantity, settings]) => reasonOf(() => create(change, quantity, settings))),
    steps.map(([, , , reason]) => reason),
  )
})
