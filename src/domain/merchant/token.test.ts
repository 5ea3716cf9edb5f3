import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DAY_S } from '../../clock.ts'
import { aMerchant, NOW, reasonOf, refusal, situation } from '../../../test/support/given.ts'
import type { Decision } from '../command.ts'
import type { TokenRow } from '../rows.ts'
import { checkToken, issueStableToken, issueToken, TOKEN_LIFE_S, type AskForToken, type TokenAnswer } from './token.ts'

const merchant = aMerchant()

const ask = (at: number, change: Partial<AskForToken> = {}): AskForToken => ({
  secret_hash: merchant.secret_hash,
  nonce: `nonce of ${at}`,
  token_hash: `hash of ${at}`,
  at,
  ...change,
})

/** Asks one after another, as the store keeps tokens between. */
class Asking {
  tokens: TokenRow[] = []

  plain(at: number, change: Partial<AskForToken> = {}): TokenAnswer {
    return this.#keep(issueToken(ask(at, change), this.#situation()))
  }

  stable(at: number, force_refresh = false): TokenAnswer {
    return this.#keep(issueStableToken({ ...ask(at), force_refresh }, this.#situation()))
  }

  /** What is told to someone who presents the token that was made at that second. */
  told(issued: number, at: number): string {
    const token = this.tokens.find(({ token_hash }) => token_hash === `hash of ${issued}`)
    return reasonOf(() => checkToken(token, at)) ?? 'good'
  }

  #situation() {
    return situation({ merchant, tokens: structuredClone(this.tokens) })
  }

  #keep({ facts, answer, tokens = { put: [], drop: [] } }: Decision<TokenAnswer>): TokenAnswer {
    assert.deepEqual(facts, [])
    const put = new Map([...this.tokens, ...tokens.put].map((token) => [token.token_hash, token]))
    for (const token_hash of tokens.drop) put.delete(token_hash)
    this.tokens = [...put.values()]
    return answer
  }
}

test('a token is good for two hours, and over from the second after', () => {
  const asking = new Asking()
  assert.deepEqual(asking.plain(NOW), { nonce: `nonce of ${NOW}`, expires_in: 7200 })
  assert.equal(asking.told(NOW, NOW + TOKEN_LIFE_S), 'good')
  assert.equal(asking.told(NOW, NOW + TOKEN_LIFE_S + 1), 'tokenExpired')
})

test('a token that nobody was given is no credential', () => {
  assert.throws(() => checkToken(undefined, NOW), refusal('invalidCredential'))
})

test('a newer token leaves the former one five minutes', () => {
  const asking = new Asking()
  asking.plain(NOW)
  asking.plain(NOW + 1000)
  assert.equal(asking.told(NOW, NOW + 1300), 'good')
  assert.equal(asking.told(NOW, NOW + 1301), 'invalidCredential')
  assert.equal(asking.told(NOW + 1000, NOW + 1301), 'good')
})

test('several programs that fetch tokens together all have a good one', () => {
  const asking = new Asking()
  for (let program = 0; program < 5; program++) asking.plain(NOW + program)
  for (let program = 0; program < 5; program++) assert.equal(asking.told(NOW + program, NOW + 300), 'good')
  assert.equal(asking.told(NOW, NOW + 302), 'invalidCredential')
  assert.equal(asking.told(NOW + 4, NOW + 4 + TOKEN_LIFE_S), 'good')
})

test('a former token never lives longer for a newer one', () => {
  const asking = new Asking()
  asking.plain(NOW)
  asking.plain(NOW + TOKEN_LIFE_S - 10)
  assert.equal(asking.told(NOW, NOW + TOKEN_LIFE_S), 'good')
  assert.notEqual(asking.told(NOW, NOW + TOKEN_LIFE_S + 1), 'good')
})

test('everyone who asks for the stable token gets the same one, until its last five minutes', () => {
  const asking = new Asking()
  const first = asking.stable(NOW)
  assert.equal(first.expires_in, 7200)
  assert.deepEqual(asking.stable(NOW + 1000), { nonce: first.nonce, expires_in: 6200 })
  assert.deepEqual(asking.stable(NOW + 6899), { nonce: first.nonce, expires_in: 301 })
  const next = asking.stable(NOW + 6900)
  assert.notEqual(next.nonce, first.nonce)
  assert.equal(next.expires_in, 7200)
  assert.equal(asking.told(NOW, NOW + 7200), 'good')
  assert.equal(asking.told(NOW, NOW + 7201), 'invalidCredential')
})

test('a stable token that is over is replaced', () => {
  const asking = new Asking()
  const first = asking.stable(NOW)
  const next = asking.stable(NOW + 3 * DAY_S)
  assert.notEqual(next.nonce, first.nonce)
  assert.deepEqual(
    asking.tokens.map(({ superseded }) => superseded),
    [false],
  )
})

test('a forced stable token ends the former one at once, but not twice within thirty seconds', () => {
  const asking = new Asking()
  const first = asking.stable(NOW)
  const forced = asking.stable(NOW + 1, true)
  assert.notEqual(forced.nonce, first.nonce)
  assert.equal(asking.told(NOW, NOW + 1), 'invalidCredential')
  assert.equal(asking.told(NOW + 1, NOW + 1), 'good')
  assert.equal(asking.stable(NOW + 2).nonce, forced.nonce)
  assert.equal(asking.stable(NOW + 30, true).nonce, forced.nonce)
  assert.notEqual(asking.stable(NOW + 31, true).nonce, forced.nonce)
})

test('a stable token is forced twenty times a day, and again when the first was a day ago', () => {
  const asking = new Asking()
  asking.stable(NOW)
  for (let time = 1; time <= 20; time++) asking.stable(NOW + time * 60, true)
  assert.throws(() => asking.stable(NOW + 21 * 60, true), refusal('tooFrequent'))
  assert.throws(() => asking.stable(NOW + 60 + DAY_S - 1, true), refusal('tooFrequent'))
  asking.stable(NOW + 60 + DAY_S, true)
  assert.throws(() => asking.stable(NOW + 90 + DAY_S, true), refusal('tooFrequent'))
})

test('the plain and the stable token leave one another alone', () => {
  const asking = new Asking()
  asking.plain(NOW)
  asking.stable(NOW + 1)
  asking.plain(NOW + 2)
  asking.stable(NOW + 60, true)
  assert.equal(asking.told(NOW + 2, NOW + 7000), 'good')
  assert.equal(asking.told(NOW + 60, NOW + 7000), 'good')
})

test('a token is remembered for a day after its end, so that its user is told what it was', () => {
  const asking = new Asking()
  asking.plain(NOW)
  const end = NOW + TOKEN_LIFE_S
  asking.plain(end + DAY_S)
  assert.notEqual(asking.told(NOW, end + DAY_S), 'good')
  assert.equal(asking.tokens.length, 2)
  asking.plain(end + DAY_S + 1)
  assert.equal(
    asking.tokens.some(({ issued_at }) => issued_at === NOW),
    false,
  )
})

test('a caller is judged by its appid, its secret and its address, in this order', () => {
  for (const [known, request, reason] of [
    [false, { secret_hash: 'wrong', refused_address: '1.2.3.4' }, 'invalidAppid'],
    [true, { secret_hash: 'wrong', refused_address: '1.2.3.4' }, 'invalidSecret'],
    [true, { refused_address: '1.2.3.4' }, 'ipNotAllowed'],
    [true, {}, undefined],
  ] as const) {
    const given = situation(known ? { merchant } : {})
    assert.equal(
      reasonOf(() => issueToken(ask(NOW, request), given)),
      reason,
    )
    assert.equal(
      reasonOf(() => issueStableToken({ ...ask(NOW, request), force_refresh: true }, given)),
      reason,
    )
  }
})

test('in any order of asking, who was answered has a good token for what was promised, at least five minutes', () => {
  const step = fc.record({
    after: fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 8000 }), fc.nat({ max: 2 * DAY_S })),
    how: fc.constantFrom('plain', 'stable', 'forced'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const asking = new Asking()
      let at = NOW
      for (const { after, how } of steps) {
        at += after + 1
        let answer: TokenAnswer | undefined
        const reason = reasonOf(
          () => (answer = how === 'plain' ? asking.plain(at) : asking.stable(at, how === 'forced')),
        )
        if (!answer) {
          assert.equal(reason, 'tooFrequent')
          continue
        }
        const held = asking.tokens.find(({ nonce }) => nonce === answer!.nonce)!
        assert.equal(held.expires_at, at + answer.expires_in)
        assert.ok(answer.expires_in >= 300 && answer.expires_in <= TOKEN_LIFE_S)
        assert.equal(held.superseded, false)
        assert.equal(
          reasonOf(() => checkToken(held, at + answer!.expires_in)),
          undefined,
        )
        for (const kind of ['plain', 'stable'] as const) {
          assert.ok(asking.tokens.filter((token) => token.kind === kind && !token.superseded).length <= 1)
        }
        if (held.issued_at === at) assert.ok(asking.tokens.every(({ expires_at }) => expires_at >= at - DAY_S))
      }
    }),
    { numRuns: 500 },
  )
})
