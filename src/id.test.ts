import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newAppid, newCardId, newCode, newFreshCodes, newHint, newNonce, newSecret, secretHash, tokenOf } from './id.ts'

const MISREAD = /4[02]001/

const many = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)

test('a code is twelve decimal digits, as WeChat generates them', () => {
  for (const code of many(2000, newCode)) assert.match(code, /^\d{12}$/)
})

test('codes are spread over all numbers: every digit stands as often in every place', () => {
  const codes = many(10_000, newCode)
  for (let place = 0; place < 12; place++) {
    for (const digit of '0123456789') {
      const share = codes.filter((code) => code[place] === digit).length / codes.length
      // Nearly seven deviations to each side.
      assert.ok(Math.abs(share - 0.1) < 0.02, `${digit} in place ${place}: ${share}`)
    }
  }
  assert.equal(new Set(codes.slice(0, 1000)).size, 1000)
})

test('three numbers are at hand for one receipt', () => {
  const codes = newFreshCodes()
  assert.equal(codes.length, 3)
  assert.equal(new Set(codes).size, 3)
})

test('a card_id is 28 characters that begin with p, and all of one merchant begin alike', () => {
  const ids = many(500, () => newCardId('wx0123456789abcdef'))
  for (const id of ids) assert.match(id, /^p[\w-]{27}$/)
  assert.equal(new Set(ids).size, ids.length)
  assert.equal(new Set(ids.map((id) => id.slice(0, 7))).size, 1)
  assert.notEqual(newCardId('wx_another').slice(0, 7), ids[0]!.slice(0, 7))
})

// An old client takes either number anywhere in an answer for an errcode, and sends its request once more.
test('no code holds 40001 or 42001', () => {
  for (const code of many(60_000, newCode)) assert.doesNotMatch(code, MISREAD)
})

test('no card_id holds 40001 or 42001, nor does the part that its merchant gives it hold any digit', () => {
  for (const appid of many(2000, newAppid)) {
    assert.match(newCardId(appid), /^p[\w-]{27}$/)
    assert.doesNotMatch(newCardId(appid).slice(0, 7), /\d/)
  }
  for (const id of many(40_000, () => newCardId('wx_27058'))) assert.doesNotMatch(id, MISREAD)
})

test('no appid holds 40001 or 42001, since card/get shows it', () => {
  for (const appid of many(300_000, newAppid)) assert.doesNotMatch(appid, MISREAD)
})

test('a hint is letters only, so that nobody takes it for a number', () => {
  const hints = many(2000, newHint)
  for (const hint of hints) assert.match(hint, /^[A-Za-z]{14}$/)
  assert.equal(new Set(hints).size, hints.length)
})

test('appids, secrets and nonces have their lengths, and never come twice', () => {
  for (const [make, shape] of [
    [newAppid, /^wx[0-9a-f]{16}$/],
    [newSecret, /^[0-9a-f]{32}$/],
    [newNonce, /^[\w-]{43}$/],
  ] as const) {
    const made = many(1000, make)
    for (const one of made) assert.match(one, shape)
    assert.equal(new Set(made).size, made.length)
  }
})

test('a token follows from the secret and its nonce, and from nothing less', () => {
  const token = tokenOf('secret', 'nonce')
  assert.match(token, /^[\w-]{86}$/)
  assert.equal(tokenOf('secret', 'nonce'), token)
  assert.notEqual(tokenOf('secret', 'nonce2'), token)
  assert.notEqual(tokenOf('secret2', 'nonce'), token)
})

test('what is stored of a secret is its SHA-256, which tells nothing of it', () => {
  assert.equal(secretHash('abc'), 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
})
