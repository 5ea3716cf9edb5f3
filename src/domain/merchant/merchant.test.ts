import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aMerchant, decide, NOW, reasonOf, refusal } from '../../../test/support/given.ts'
import type { TokenRow } from '../rows.ts'
import { changeMerchant, changeSecret, createMerchant, DEFAULT_SETTINGS, moveClock } from './merchant.ts'

const NEW = { secret_hash: 'hash', sandbox: false, clock_offset_s: 0, settings: DEFAULT_SETTINGS }

test('a merchant is made once', () => {
  assert.deepEqual(decide(createMerchant, NEW, {}).facts, [{ kind: 'merchant_created', at: NOW, detail: NEW }])
  assert.throws(() => decide(createMerchant, NEW, { merchant: aMerchant() }), refusal('invalidAppid', /exists already/))
})

test('a sandbox may begin at another time, and its first fact is of that time', () => {
  const [fact] = decide(createMerchant, { ...NEW, sandbox: true, clock_offset_s: -500 }, {}).facts
  assert.equal(fact?.at, NOW - 500)
})

test('settings are changed one by one', () => {
  const detail = { settings: { name: '海风小馆' } }
  const { facts } = decide(changeMerchant, detail, { merchant: aMerchant() })
  assert.deepEqual(facts, [{ kind: 'merchant_changed', at: NOW, detail }])
})

test('a new secret ends every token', () => {
  const token = (token_hash: string): TokenRow => ({
    token_hash,
    kind: 'plain',
    nonce: 'n',
    issued_at: NOW,
    expires_at: NOW + 9,
    superseded: false,
    forced: false,
  })
  const decision = decide(
    changeSecret,
    { secret_hash: 'new' },
    { merchant: aMerchant(), tokens: [token('a'), token('b')] },
  )
  assert.deepEqual(decision.facts, [{ kind: 'secret_changed', at: NOW, detail: { secret_hash: 'new' } }])
  assert.deepEqual(decision.tokens, { put: [], drop: ['a', 'b'] })
})

test('a merchant that does not exist is not changed', () => {
  assert.throws(() => decide(changeMerchant, { settings: {} }, {}), refusal('invalidAppid'))
  assert.throws(() => decide(changeSecret, { secret_hash: '' }, {}), refusal('invalidAppid'))
  assert.throws(() => decide(moveClock, { by: 1 }, {}), refusal('invalidAppid'))
})

test('only a sandbox has a clock that can be moved', () => {
  assert.throws(() => decide(moveClock, { by: 1 }, { merchant: aMerchant() }), refusal('unauthorized'))
  assert.throws(() => decide(moveClock, { to: NOW - 1 }, { merchant: aMerchant() }), refusal('unauthorized'))
})

test('the clock of a sandbox moves to a second or by some, and the fact is of the new time', () => {
  const merchant = aMerchant({ sandbox: true, clock_offset_s: 100 })
  for (const move of [{ to: NOW + 60 }, { by: 60 }]) {
    assert.deepEqual(decide(moveClock, move, { merchant }), {
      facts: [{ kind: 'clock_moved', at: NOW + 60, detail: { clock_offset_s: 160 } }],
      answer: { now: NOW + 60 },
    })
  }
})

test('the clock of a sandbox goes forward only, and standing still is no fact', () => {
  const rows = { merchant: aMerchant({ sandbox: true }) }
  assert.deepEqual(decide(moveClock, { by: 0 }, rows), { facts: [], answer: { now: NOW } })
  assert.deepEqual(decide(moveClock, { to: NOW }, rows).facts, [])
  for (const move of [{ to: NOW - 1 }, { by: -1 }, { to: 0 }]) {
    assert.throws(
      () => decide(moveClock, move, rows),
      refusal('invalidTime', `the clock shows ${NOW} and goes forward only`),
    )
  }
})

test('after any move the clock shows what was asked for', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(2 ** 30), fc.nat(2 ** 30), (clock_offset_s, now, by) => {
      const rows = { merchant: aMerchant({ sandbox: true, clock_offset_s }) }
      const server = now - clock_offset_s
      const { facts, answer } = decide(moveClock, { by }, rows, now)
      const offset = facts[0]?.kind === 'clock_moved' ? facts[0].detail.clock_offset_s : clock_offset_s
      assert.equal(server + offset, answer.now)
      assert.equal(answer.now, now + by)
      assert.equal(
        reasonOf(() => decide(moveClock, { to: now - by - 1 }, rows, now)),
        'invalidTime',
      )
    }),
    { numRuns: 1000 },
  )
})

test('the clock ends with the last second that a card can be valid in', () => {
  const rows = { merchant: aMerchant({ sandbox: true }) }
  const last = 2 ** 31 - 1
  assert.equal(decide(moveClock, { to: last }, rows, NOW).answer.now, last)
  for (const move of [{ to: last + 1 }, { by: last }]) {
    assert.throws(() => decide(moveClock, move, rows, NOW), refusal('invalidTime'))
  }
})
