import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, lookUp, receive } from '../support/acts.ts'
import { connect, type Answer } from '../support/client.ts'
import { accept, advance, give, take, takeCustom, type InHand } from '../support/hand.ts'
import { newKey, withKeys } from '../support/keyed.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { showCode, storyOf } from '../support/show-code.ts'
import { assertClean } from '../support/verify.ts'

const server = await startServer()
after(() => server.stop())
const merchant = await makeMerchant(server, '--sandbox')
const client = await connect(server.url, merchant)
const askWithKey = withKeys(server, client)

const PATH = '/card/membercard/activate'
const DAY_S = 86_400
const MOST = 2 ** 31 - 1

const activate = (body: object): Promise<Answer> => client.post(PATH, { membership_number: 'AAA00000001', ...body })

const PERMANENT = { date_info: { type: 'DATE_TYPE_PERMANENT' }, get_limit: 50, can_give_friend: true }
const ofTerm = { date_info: { type: 'DATE_TYPE_FIX_TERM', fixed_term: 90, fixed_begin_term: 0 } }
const memberCard = (base_info: object = PERMANENT) => createCard(client, 'MEMBER_CARD', base_info)
const card_id = await memberCard()
const newMember = () => take(client, card_id)

const stateOf = async ({ code, card_id }: InHand) => (await lookUp(client, code, card_id))['user_card_status']

/** What is kept of an activation. */
async function membershipOf(hand: InHand): Promise<unknown> {
  const { history } = await showCode(server, merchant, hand.code, hand.card_id)
  return history.findLast(({ kind }) => kind === 'member_activated')?.detail
}

async function validityOf({ code, card_id }: InHand) {
  const { begin_time, end_time } = (await lookUp(client, code, card_id))['card'] as Record<string, number>
  return { begin_time, end_time }
}

test('a member card is activated with everything that there is to say, and the answer says no more than ok', async () => {
  const hand = await newMember()
  const given = {
    membership_number: 'AAA00000001',
    init_bonus: 100,
    init_bonus_record: '开卡送积分',
    init_balance: 2000,
    background_pic_url: 'https://example.com/back.png',
    init_custom_field_value1: '白金',
    init_custom_field_value2: 'x'.repeat(12),
    init_custom_field_value3: '会员',
  }
  const answer = await activate({ ...given, code: hand.code, card_id })
  assert.deepEqual(answer, { errcode: 0, errmsg: 'ok' })
  assert.deepEqual(await membershipOf(hand), given)
  assert.equal(await stateOf(hand), 'NORMAL')
})

test('points and balance are 0 where they are not given', async () => {
  const hand = await newMember()
  assert.equal((await activate({ code: hand.code })).errcode, 0)
  assert.deepEqual(await membershipOf(hand), { membership_number: 'AAA00000001', init_bonus: 0, init_balance: 0 })
})

test('membership_number and code are required, and empty or null are as if they were not there', async () => {
  const { code } = await newMember()
  for (const membership_number of [undefined, '', null]) {
    assertRefused(await activate({ code, membership_number }), 41011, /membership_number/)
  }
  for (const code of [undefined, '', null]) assertRefused(await activate({ code }), 41013)
  assert.equal(await stateOf({ code, card_id, openid: '' }), 'NORMAL')
})

test('each text has its limit in bytes: the longest passes, one byte more is 45021', async () => {
  const { code } = await newMember()
  for (const [field, bytes] of [
    ['membership_number', 20],
    ['init_bonus_record', 32],
    ['init_custom_field_value1', 12],
    ['init_custom_field_value2', 12],
    ['init_custom_field_value3', 12],
    ['background_pic_url', 128],
  ] as const) {
    const chinese = '卡'.repeat(Math.floor(bytes / 3)) + 'x'.repeat(bytes % 3)
    for (const text of ['x'.repeat(bytes), chinese]) {
      assert.equal((await activate({ code, [field]: text })).errcode, 0, `${field} ${text}`)
      assertRefused(await activate({ code, [field]: `${text}x` }), 45021, new RegExp(field))
    }
  }
})

test('points below 0 or beyond 2147483647 are 45022, such a balance is 45023', async () => {
  const { code } = await newMember()
  for (const [field, errcode] of [
    ['init_bonus', 45022],
    ['init_balance', 45023],
  ] as const) {
    for (const amount of [0, 1, MOST]) assert.equal((await activate({ code, [field]: amount })).errcode, 0)
    for (const amount of [-1, MOST + 1]) assertRefused(await activate({ code, [field]: amount }), errcode)
    for (const amount of [1.5, 'many', {}]) assertRefused(await activate({ code, [field]: amount }), 47001)
  }
})

test('a code that nobody has is 40056, and so is a custom code without its card or with another', async () => {
  assertRefused(await activate({ code: '999999999999' }), 40056)
  const { code } = await newMember()
  const other = await memberCard()
  assertRefused(await activate({ code, card_id: other }), 40056)
  const custom = await takeCustom(client, await memberCard({ ...PERMANENT, use_custom_code: true }))
  assertRefused(await activate({ code: custom.code }), 40056)
  assertRefused(await activate({ code: custom.code, card_id }), 40056)
  assert.equal((await activate({ code: custom.code, card_id: custom.card_id })).errcode, 0)
})

test("another merchant's code is 40056", async () => {
  const { code } = await newMember()
  const other = await connect(server.url, await makeMerchant(server))
  assertRefused(await other.post(PATH, { code, membership_number: '1' }), 40056)
})

test('cards of other kinds are 45030', async () => {
  for (const card_type of ['GROUPON', 'CASH', 'MOVIE_TICKET']) {
    const code = await receive(client, await createCard(client, card_type))
    assertRefused(await activate({ code }), 45030)
  }
})

test('a redeemed code is 40099, one that is deleted, unavailable or on its way to a friend is 40127', async () => {
  const consumed = await newMember()
  await client.ok('/card/code/consume', { code: consumed.code })
  assertRefused(await activate({ code: consumed.code }), 40099)

  const deleted = await newMember()
  await client.ok('/wallet/delete', deleted)
  assertRefused(await activate({ code: deleted.code }), 40127, 'DELETE')
  await client.ok('/wallet/restore', deleted)
  assert.equal((await activate({ code: deleted.code })).errcode, 0, 'but for one that came back')

  const unavailable = await newMember()
  await client.ok('/card/code/unavailable', { code: unavailable.code })
  assertRefused(await activate({ code: unavailable.code }), 40127, 'UNAVAILABLE')

  const gift = await newMember()
  const { gift_ticket } = await give(client, gift)
  assertRefused(await activate({ code: gift.code }), 40127, 'GIFTING')
  const taken = await accept(client, gift_ticket)
  assertRefused(await activate({ code: gift.code }), 40056)
  assert.equal((await activate({ code: taken.code })).errcode, 0, 'the friend has it')

  assert.deepEqual(await Promise.all([consumed, deleted, unavailable, taken].map(stateOf)), [
    'CONSUMED',
    'NORMAL',
    'UNAVAILABLE',
    'NORMAL',
  ])
})

test('an expired code is 40127, and a gift that nobody took is activated by its giver', async () => {
  const expiring = await take(client, await memberCard(ofTerm))
  const gift = await newMember()
  await give(client, gift)
  await advance(client, 2 * DAY_S)
  assert.equal(await stateOf(gift), 'GIFT_TIMEOUT')
  assert.equal((await activate({ code: gift.code })).errcode, 0)
  assert.equal(await stateOf(gift), 'NORMAL')
  await advance(client, 90 * DAY_S)
  assertRefused(await activate({ code: expiring.code }), 40127, 'EXPIRE')
})

test('activating gives a code the validity that it says, of its own from then on', async () => {
  const now = await advance(client, 0)
  const hand = await take(client, await memberCard(ofTerm))
  const before = await validityOf(hand)
  const end_time = now + 5 * DAY_S
  assert.equal((await activate({ code: hand.code, activate_end_time: end_time })).errcode, 0)
  assert.deepEqual(await validityOf(hand), { ...before, end_time })

  const begin_time = now + 2 * DAY_S
  assert.equal((await activate({ code: hand.code, activate_begin_time: begin_time })).errcode, 0)
  assert.deepEqual(await validityOf(hand), { begin_time, end_time })
  assertRefused(await client.post('/card/code/consume', { code: hand.code }), 40147)

  assert.equal((await activate({ code: hand.code, membership_number: 'other' })).errcode, 0)
  assert.deepEqual(await validityOf(hand), { begin_time, end_time }, 'and stays where none is said')
  await advance(client, 6 * DAY_S)
  assert.equal(await stateOf(hand), 'EXPIRE')
  assertRefused(await client.post('/card/code/consume', { code: hand.code }), 40127)
})

test('a code with a validity of its own follows the range of its card no more', async () => {
  const now = await advance(client, 0)
  const range = { type: 'DATE_TYPE_FIX_TIME_RANGE', begin_timestamp: now - DAY_S, end_timestamp: now + 9 * DAY_S }
  const card_id = await memberCard({ date_info: range })
  const [own, following] = [await take(client, card_id), await take(client, card_id)]
  const end_time = now + 3 * DAY_S
  assert.equal((await activate({ code: own.code, activate_end_time: end_time })).errcode, 0)
  assert.equal((await activate({ code: following.code })).errcode, 0)
  const date_info = { ...range, end_timestamp: now + 99 * DAY_S }
  await client.ok('/card/update', { card_id, member_card: { base_info: { date_info } } })
  assert.deepEqual(await validityOf(own), { begin_time: range.begin_timestamp, end_time })
  assert.deepEqual(await validityOf(following), {
    begin_time: range.begin_timestamp,
    end_time: date_info.end_timestamp,
  })
})

test('a validity that ends before it begins is 40079 and changes nothing, also no second that cannot be', async () => {
  const now = await advance(client, 0)
  const hand = await take(client, await memberCard(ofTerm))
  const before = await validityOf(hand)
  for (const validity of [
    { activate_begin_time: now + 9, activate_end_time: now + 8 },
    { activate_begin_time: now + 9, activate_end_time: now + 9 },
    { activate_begin_time: now + 99 * DAY_S },
    { activate_end_time: now - 9 * DAY_S },
    { activate_end_time: MOST + 1 },
    { activate_begin_time: -1 },
  ]) {
    assertRefused(await activate({ code: hand.code, ...validity }), 40079)
  }
  assert.deepEqual(await validityOf(hand), before)
  assert.deepEqual(storyOf(await showCode(server, merchant, hand.code)), [`code_received ${hand.code}`])
})

test('0 stands for a time that is not given', async () => {
  const hand = await take(client, await memberCard(ofTerm))
  const before = await validityOf(hand)
  assert.equal((await activate({ code: hand.code, activate_begin_time: 0, activate_end_time: 0 })).errcode, 0)
  assert.deepEqual(await validityOf(hand), before)
})

test('whoever is activated twice has what was said last, and both are kept', async () => {
  const hand = await newMember()
  await activate({ code: hand.code, membership_number: 'first', init_bonus: 7 })
  await activate({ code: hand.code, membership_number: 'second' })
  assert.deepEqual(await membershipOf(hand), { membership_number: 'second', init_bonus: 0, init_balance: 0 })
  const { code } = hand
  assert.deepEqual(storyOf(await showCode(server, merchant, code)), [
    `code_received ${code}`,
    `member_activated ${code}`,
    `member_activated ${code}`,
  ])
})

test('the same activation under one Idempotency-Key happens once; another one under it is 40097', async () => {
  const hand = await newMember()
  const key = newKey()
  const body = { code: hand.code, membership_number: 'once', init_bonus: 5 }
  const first = await askWithKey(PATH, body, key)
  assert.deepEqual(JSON.parse(first), { errcode: 0, errmsg: 'ok' })
  assert.equal(await askWithKey(PATH, body, key), first)
  assertRefused(JSON.parse(await askWithKey(PATH, { ...body, init_bonus: 6 }, key)) as Answer, 40097)
  const { history } = await showCode(server, merchant, hand.code)
  assert.equal(history.filter(({ kind }) => kind === 'member_activated').length, 1)
  const refused = newKey()
  const late = { code: '000000000000', membership_number: 'nobody' }
  const told = await askWithKey(PATH, late, refused)
  assertRefused(JSON.parse(told) as Answer, 40056)
  assert.equal(await askWithKey(PATH, late, refused), told)
})

test('after all that, the facts and the tables agree', () => assertClean(server))
