import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, lookUp, newOpenid } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { advance, codesOf, give, take, takeCustom, type InHand } from '../support/hand.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { DAY_S } from '../support/shanghai.ts'
import { showCode, storyOf } from '../support/show-code.ts'
import { assertClean } from '../support/verify.ts'

/** Holders throw codes away, and take member cards back. */

const server = await startServer()
after(() => server.stop())
const merchant = await makeMerchant(server, '--sandbox')
const client = await connect(server.url, merchant)

const card_id = await createCard(client)
const custom_card_id = await createCard(client, 'GROUPON', { use_custom_code: true })
const member_card_id = await createCard(client, 'MEMBER_CARD')

const tryToDelete = (hand: object) => client.post('/wallet/delete', hand)
const throwAway = (hand: InHand) => client.ok('/wallet/delete', hand)

const tryToRestore = (card_id: string, openid: string) => client.post('/wallet/restore', { card_id, openid })

/** Returns the code that came back. */
const restore = async (card_id: string, openid: string): Promise<unknown> =>
  (await client.ok('/wallet/restore', { card_id, openid }))['code']

const stateOf = async ({ code, card_id }: InHand) => (await lookUp(client, code, card_id))['user_card_status']

const redeem = ({ code, card_id }: InHand) => client.post('/card/code/consume', { code, card_id })

test('a code that is thrown away is DELETE, and out of its holder’s list', async () => {
  for (const hand of [await take(client, card_id), await takeCustom(client, custom_card_id)]) {
    const kept = await take(client, card_id, hand.openid)
    assert.equal((await codesOf(client, hand.openid)).length, 2)
    assert.deepEqual(await tryToDelete(hand), { errcode: 0, errmsg: 'ok' })
    assert.equal(await stateOf(hand), 'DELETE')
    assert.deepEqual(await codesOf(client, hand.openid), [kept.code])
    assertRefused(await redeem(hand), 40127)
    assertRefused(await tryToDelete(hand), 40127)
  }
})

test('only its holder throws a code away: 40056', async () => {
  for (const hand of [await take(client, card_id), await takeCustom(client, custom_card_id)]) {
    assertRefused(await tryToDelete({ ...hand, openid: newOpenid() }), 40056)
    assert.equal(await stateOf(hand), 'NORMAL')
  }
})

test('a generated code is thrown away without its card_id too, a custom code is 40056 then', async () => {
  const [generated, custom] = [await take(client, card_id), await takeCustom(client, custom_card_id)]
  assertRefused(await tryToDelete({ code: custom.code, openid: custom.openid }), 40056)
  assertRefused(await tryToDelete({ ...generated, card_id: custom_card_id }), 40056)
  assert.equal((await tryToDelete({ code: generated.code, openid: generated.openid })).errcode, 0)
})

test('no code is 41013, no openid 40003, no card_id to be restored 41012', async () => {
  const { code, openid } = await take(client, card_id)
  assertRefused(await tryToDelete({ card_id, openid }), 41013)
  for (const nobody of [undefined, null, '', 'o a', 'o'.repeat(65)]) {
    assertRefused(await tryToDelete({ code, openid: nobody }), 40003)
    assertRefused(await client.post('/wallet/restore', { card_id: member_card_id, openid: nobody }), 40003)
  }
  assertRefused(await client.post('/wallet/restore', { openid }), 41012)
})

test('what was thrown away is not given back to the stock, and counts for get_limit', async () => {
  const of = await createCard(client, 'MEMBER_CARD', { get_limit: 1, sku: { quantity: 5 } })
  const hand = await take(client, of)
  await throwAway(hand)
  assert.deepEqual((await getCard(client, of)).base_info.sku, { quantity: 4, total_quantity: 5 })
  assertRefused(await client.post('/wallet/receive', { card_id: of, openid: hand.openid }), 45033)
  await restore(of, hand.openid)
  assert.deepEqual((await getCard(client, of)).base_info.sku, { quantity: 4, total_quantity: 5 })
  assertRefused(await client.post('/wallet/receive', { card_id: of, openid: hand.openid }), 45033)
})

test('a custom number that was thrown away is not given out again: 40111', async () => {
  const hand = await takeCustom(client, custom_card_id)
  await throwAway(hand)
  assertRefused(await client.post('/wallet/receive', hand), 40111)
})

test('a member card that was thrown away comes back as it was', async () => {
  const before = await take(client, member_card_id, newOpenid(), { outer_str: '前台' })
  const { code, openid } = before
  const shown = await lookUp(client, code)
  await throwAway(before)
  assert.deepEqual(await codesOf(client, openid), [])
  assert.deepEqual(await tryToRestore(member_card_id, openid), { errcode: 0, errmsg: 'ok', code })
  assert.deepEqual(await lookUp(client, code), shown)
  assert.deepEqual(await codesOf(client, openid), [code])
  assert.equal((await redeem(before)).errcode, 0)
  assert.deepEqual(storyOf(await showCode(server, merchant, code)), [
    `code_received ${code}`,
    `code_deleted ${code}`,
    `code_restored ${code}`,
    `code_consumed ${code}`,
  ])
})

test('a member card with a custom code comes back under its number', async () => {
  const of = await createCard(client, 'MEMBER_CARD', { use_custom_code: true })
  const hand = await takeCustom(client, of)
  await throwAway(hand)
  assert.equal(await restore(of, hand.openid), hand.code)
})

test('only member cards come back: 45030', async () => {
  for (const hand of [await take(client, card_id), await takeCustom(client, custom_card_id)]) {
    await throwAway(hand)
    assertRefused(await tryToRestore(hand.card_id, hand.openid), 45030)
    assert.equal(await stateOf(hand), 'DELETE')
  }
})

test('where a holder has thrown none away it is 40056, and of no card at all 40073', async () => {
  const hand = await take(client, member_card_id)
  await throwAway(await take(client, member_card_id))
  assertRefused(await tryToRestore(member_card_id, hand.openid), 40056)
  assertRefused(await tryToRestore(member_card_id, newOpenid()), 40056)
  assertRefused(await tryToRestore('pFS7Fjg8kV1IdDz01r4SQwMkuCKc', hand.openid), 40073)
})

test('what was redeemed or made unavailable does not come back: 40056', async () => {
  for (const path of ['/card/code/consume', '/card/code/unavailable']) {
    const hand = await take(client, member_card_id)
    await client.ok(path, hand)
    assertRefused(await tryToRestore(member_card_id, hand.openid), 40056)
  }
})

test('a code comes back once: 40056 the second time', async () => {
  const hand = await take(client, member_card_id)
  await throwAway(hand)
  await restore(member_card_id, hand.openid)
  assertRefused(await tryToRestore(member_card_id, hand.openid), 40056)
  await throwAway(hand)
  assert.equal(await restore(member_card_id, hand.openid), hand.code, 'but it may be thrown away again')
})

test('of several the one that was thrown away last comes back first', async () => {
  const openid = newOpenid()
  const hands: InHand[] = []
  for (let place = 0; place < 4; place++) hands.push(await take(client, member_card_id, openid))
  const order = [2, 0, 3].map((place) => hands[place]!)
  for (const hand of order) await throwAway(hand)
  for (const { code } of order.toReversed()) assert.equal(await restore(member_card_id, openid), code)
  assertRefused(await tryToRestore(member_card_id, openid), 40056)
})

test('a member card comes back although its card is deleted meanwhile', async () => {
  const of = await createCard(client, 'MEMBER_CARD')
  const hand = await take(client, of)
  await throwAway(hand)
  await client.ok('/card/delete', { card_id: of })
  assert.equal(await restore(of, hand.openid), hand.code)
  assert.equal((await redeem(hand)).errcode, 0)
})

test('a gift whose time is over can be thrown away, and what comes back is not on its way', async () => {
  const hand = await take(client, member_card_id)
  const { gift_ticket } = await give(client, hand)
  await advance(client, DAY_S + 60)
  await throwAway(hand)
  await restore(member_card_id, hand.openid)
  assert.equal(await stateOf(hand), 'NORMAL')
  assertRefused(await client.post('/wallet/gift/accept', { gift_ticket, openid: newOpenid() }), 40080)
})

test('a code whose time runs out while it is thrown away does not come back: 40127', async () => {
  const of = await createCard(client, 'MEMBER_CARD', { date_info: { type: 'DATE_TYPE_FIX_TERM', fixed_term: 1 } })
  const hand = await take(client, of)
  await throwAway(hand)
  await advance(client, 2 * DAY_S)
  assert.equal(await stateOf(hand), 'DELETE')
  assertRefused(await client.post('/wallet/restore', { card_id: of, openid: hand.openid }), 40127)
  assert.equal(await stateOf(hand), 'DELETE')
  assert.deepEqual(await codesOf(client, hand.openid), [])
})

test('after all that, the facts and the tables agree', () => assertClean(server))
