import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { reasonOf, refusal } from '../../test/support/given.ts'
import { readQrCode } from './qrcode.ts'

const one = (card: unknown, top: object = {}) => ({ action_name: 'QR_CARD', ...top, action_info: { card } })
const several = (card_list: unknown, top: object = {}) => ({
  action_name: 'QR_MULTIPLE_CARD',
  ...top,
  action_info: { multiple_card: { card_list } },
})

const YEAR_S = 31_536_000
const NINETY_DAYS_S = 7_776_000

test('a card, its code, its holder and its channel are read, and nothing that was not asked for', () => {
  assert.deepEqual(readQrCode(one({ card_id: 'p_card' })), {
    expire_seconds: YEAR_S,
    is_unique_code: false,
    offers: [{ card_id: 'p_card' }],
  })
  const card = {
    card_id: 'p_card',
    code: 'VIP',
    openid: 'o_1',
    is_unique_code: 'true',
    outer_str: 'poster',
    balance: 3,
  }
  assert.deepEqual(readQrCode(one(card, { expire_seconds: '60' })), {
    expire_seconds: 60,
    is_unique_code: true,
    offers: [{ card_id: 'p_card', code: 'VIP', openid: 'o_1', outer_str: 'poster' }],
  })
})

test('up to five cards are read in their order', () => {
  const cards = ['p_1', 'p_2', 'p_3', 'p_4', 'p_5'].map((card_id) => ({ card_id }))
  assert.deepEqual(readQrCode(several(cards)), {
    expire_seconds: NINETY_DAYS_S,
    is_unique_code: false,
    offers: cards,
  })
  assert.throws(() => readQrCode(several([...cards, { card_id: 'p_6' }])), refusal('tooManyCards'))
  assert.throws(() => readQrCode(several([])), refusal('invalidActionInfo'))
})

test('several cards are never good for one scan only', () => {
  assert.equal(readQrCode(several([{ card_id: 'p_card', is_unique_code: true }])).is_unique_code, false)
})

test('a life is 60 to 1800 seconds; 0, null and nothing stand for the usual one', () => {
  fc.assert(
    fc.property(fc.integer({ min: -5, max: 4000 }), fc.boolean(), (wanted, asText) => {
      const expire_seconds = asText ? String(wanted) : wanted
      const good = wanted === 0 || (wanted >= 60 && wanted <= 1800)
      for (const [body, usual] of [
        [one({ card_id: 'p' }, { expire_seconds }), YEAR_S],
        [one({ card_id: 'p', expire_seconds }), YEAR_S],
        [several([{ card_id: 'p' }], { expire_seconds }), NINETY_DAYS_S],
      ] as const) {
        if (good) assert.equal(readQrCode(body).expire_seconds, wanted || usual)
        else assert.throws(() => readQrCode(body), refusal('invalidArgs'))
      }
    }),
  )
  for (const expire_seconds of [null, undefined, '', 0, '0']) {
    assert.equal(readQrCode(one({ card_id: 'p', expire_seconds }, { expire_seconds })).expire_seconds, YEAR_S)
  }
})

test('the life beside action_name goes before the one in the card, unless it is none', () => {
  const lifeOf = (top: unknown, inside: unknown) =>
    readQrCode(one({ card_id: 'p', expire_seconds: inside }, { expire_seconds: top })).expire_seconds
  assert.equal(lifeOf(90, 120), 90)
  for (const none of [0, null, undefined]) assert.equal(lifeOf(none, 120), 120)
  assert.equal(lifeOf(90, 0), 90)
})

test('outer_str is the channel, else outer_id; 0 is none', () => {
  const channelOf = (card: object) => readQrCode(one({ card_id: 'p', ...card })).offers[0]!.outer_str
  assert.equal(channelOf({ outer_str: 'a', outer_id: 1 }), 'a')
  assert.equal(channelOf({ outer_str: '', outer_id: 1 }), '1')
  assert.equal(channelOf({ outer_id: '1234567890' }), '1234567890')
  assert.equal(channelOf({ outer_id: 0 }), undefined)
  assert.equal(channelOf({ outer_id: null }), undefined)
})

test('a card that is named wrongly is refused where it stands', () => {
  const at = (place: string) => `action_info.${place}`
  assert.throws(() => readQrCode(one({})), refusal('missingCardId', at('card().card_id')))
  assert.throws(
    () => readQrCode(several([{ card_id: 'p' }, {}])),
    refusal('missingCardId', at('multiple_card.card_list().card_id')),
  )
  assert.throws(() => readQrCode(one({ card_id: 'p', openid: '客' })), refusal('invalidOpenid'))
  assert.throws(() => readQrCode(one({ card_id: 'p', outer_str: 'a'.repeat(129) })), refusal('tooLong'))
  assert.throws(() => readQrCode(one({ card_id: 'p', is_unique_code: 'yes' })), refusal('dataFormat'))
  assert.throws(() => readQrCode(several([{ card_id: 'p' }, 'p'])), refusal('dataFormat'))
})

test('whatever JSON comes is read or refused, and never breaks the reader', () => {
  const name = fc.constantFrom('QR_CARD', 'QR_MULTIPLE_CARD')
  const card = fc.oneof(fc.jsonValue(), fc.record({ card_id: fc.jsonValue(), expire_seconds: fc.jsonValue() }))
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record({ action_name: fc.oneof(name, fc.jsonValue()), action_info: fc.jsonValue() }),
    fc.record({ action_name: name, action_info: fc.record({ card }), expire_seconds: fc.jsonValue() }),
    fc.record({
      action_name: name,
      action_info: fc.record({ multiple_card: fc.record({ card_list: fc.oneof(fc.array(card), fc.jsonValue()) }) }),
    }),
  )
  fc.assert(
    fc.property(body, (sent) => {
      const reason = reasonOf(() => {
        const { offers, expire_seconds } = readQrCode(sent)
        assert.ok(offers.length >= 1 && offers.length <= 5)
        assert.ok(offers.every(({ card_id }) => typeof card_id === 'string' && card_id !== ''))
        assert.ok(expire_seconds >= 60)
      })
      assert.notEqual(reason, 'systemError')
    }),
    { numRuns: 3000 },
  )
})
