import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, lookUp, newOpenid } from '../support/acts.ts'
import { connect, type Client } from '../support/client.ts'
import { accept, advance, codesOf, give, take, takeCustom, type InHand } from '../support/hand.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, runCli, startServer } from '../support/server.ts'
import { DAY_S } from '../support/shanghai.ts'
import { showCode, storyOf } from '../support/show-code.ts'
import { assertClean } from '../support/verify.ts'

const server = await startServer()
after(() => server.stop())
const merchant = await makeMerchant(server, '--sandbox')
const client = await connect(server.url, merchant)

const HOUR_S = 3600

/** How far the server's clock may run on between two requests of a test. */
const SOON_S = 10

const card_id = await createCard(client)
const custom_card_id = await createCard(client, 'GROUPON', { use_custom_code: true, sku: { quantity: 1000 } })

const tryToGive = (hand: InHand) => client.post('/wallet/gift', hand)

const tryToAccept = (gift_ticket: string, openid = newOpenid()) =>
  client.post('/wallet/gift/accept', { gift_ticket, openid })

const tryToTakeBack = (gift_ticket: string, openid: string) =>
  client.post('/wallet/gift/return', { gift_ticket, openid })

const takeBack = (gift_ticket: string, openid: string): Promise<unknown> =>
  client.ok('/wallet/gift/return', { gift_ticket, openid })

const stateOf = async ({ code, card_id }: InHand) => (await lookUp(client, code, card_id))['user_card_status']

const holderOf = async ({ code, card_id }: InHand) => (await lookUp(client, code, card_id))['openid']

const redeem = ({ code, card_id }: InHand) => client.post('/card/code/consume', { code, card_id })

const now = (of = client): Promise<number> => advance(of, 0)

function assertSoon(second: number, expected: number): void {
  assert.ok(second >= expected && second <= expected + SOON_S, `${second} is not ${expected} or a little later`)
}

/** A generated code and a custom one, which nearly every rule of gifts treats alike. */
const oneOfEach = async (): Promise<InHand[]> => [await take(client, card_id), await takeCustom(client, custom_card_id)]

test('a gift is answered with its ticket, a link that holds it, and the last second to take it', async () => {
  const hand = await take(client, card_id)
  const before = await now()
  const { errcode, errmsg, gift_ticket, expire_time, url, ...more } = await tryToGive(hand)
  assert.deepEqual({ errcode, errmsg, more }, { errcode: 0, errmsg: 'ok', more: {} })
  assertSoon(Number(expire_time), before + DAY_S)
  const link = new URL(String(url))
  assert.equal(link.origin, server.url)
  assert.ok([...link.searchParams.values()].includes(String(gift_ticket)), String(url))
})

test('each gift has a ticket of its own', async () => {
  const hand = await take(client, card_id)
  const tickets = new Set<string>()
  for (let times = 0; times < 3; times++) {
    const { gift_ticket } = await give(client, hand)
    tickets.add(gift_ticket)
    await takeBack(gift_ticket, hand.openid)
  }
  assert.equal(tickets.size, 3)
})

test('a friend who takes a generated code has a new number, with the same card, validity and channel', async () => {
  const days = await createCard(client, 'GROUPON', {
    date_info: { type: 'DATE_TYPE_FIX_TERM', fixed_term: 9, fixed_begin_term: 0 },
  })
  const hand = await take(client, days, newOpenid(), { outer_str: '海报 7' })
  const { card: own } = await lookUp(client, hand.code)
  const { begin_time, end_time } = own as Record<string, number>
  const { gift_ticket } = await give(client, hand)
  await advance(client, 2 * HOUR_S)

  const friend = newOpenid()
  const { code, ...accepted } = await client.ok('/wallet/gift/accept', { gift_ticket, openid: friend })
  assert.deepEqual(accepted, { errcode: 0, errmsg: 'ok', card_id: days, begin_time, end_time })
  assert.notEqual(code, hand.code)
  assert.match(String(code), /^\d{12}$/)
  assert.deepEqual(await client.ok('/card/code/get', { code }), {
    errcode: 0,
    errmsg: 'ok',
    card: { card_id: days, begin_time, end_time, code },
    openid: friend,
    can_consume: true,
    user_card_status: 'NORMAL',
    outer_str: '海报 7',
  })
})

test('the old number of a generated code is 40056 everywhere, with its card_id and without', async () => {
  const hand = await take(client, card_id)
  await accept(client, (await give(client, hand)).gift_ticket)
  const { code, openid } = hand
  for (const named of [{}, { card_id }]) {
    const body = { code, ...named }
    for (const check_consume of [true, false, undefined]) {
      assertRefused(await client.post('/card/code/get', { ...body, check_consume }), 40056)
    }
    assertRefused(await client.post('/card/code/consume', body), 40056)
    assertRefused(await client.post('/card/code/unavailable', body), 40056)
    assertRefused(await client.post('/card/code/update', { ...body, new_code: '1' }), 40056)
    assertRefused(await client.post('/wallet/gift', { ...body, openid }), 40056)
    assertRefused(await client.post('/wallet/delete', { ...body, openid }), 40056)
  }
  assertRefused(await client.post('/wallet/view', { code, card_id, openid }), 40056)
})

test('a custom code keeps its number and is the friend’s', async () => {
  const hand = await takeCustom(client, custom_card_id)
  const got = await accept(client, (await give(client, hand)).gift_ticket)
  assert.equal(got.code, hand.code)
  assert.equal(await holderOf(hand), got.openid)
  assertRefused(await tryToGive(hand), 40056)
  assertRefused(await client.post('/wallet/delete', hand), 40056)
  assert.equal((await redeem(got))['openid'], got.openid)
})

test('a code drawn from deposited ones keeps its number too', async () => {
  const pool = await createCard(client, 'GROUPON', {
    use_custom_code: true,
    get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT',
    sku: { quantity: 0 },
  })
  await client.ok('/card/code/deposit', { card_id: pool, code: ['POOL-1', 'POOL-2'] })
  await client.ok('/card/modifystock', { card_id: pool, increase_stock_value: 2 })
  const got = await accept(client, (await give(client, await take(client, pool))).gift_ticket)
  assert.equal(got.code, 'POOL-1')
  assert.equal(await holderOf(got), got.openid)
  assert.equal((await take(client, pool)).code, 'POOL-2', 'and the next receipt draws the next one')
})

test('a code is listed with its giver while it is on its way, and then with the friend alone', async () => {
  for (const hand of await oneOfEach()) {
    const { gift_ticket } = await give(client, hand)
    assert.deepEqual(await codesOf(client, hand.openid), [hand.code])
    const got = await accept(client, gift_ticket)
    assert.deepEqual(await codesOf(client, hand.openid), [])
    assert.deepEqual(await codesOf(client, got.openid), [got.code])
  }
})

test('the history of the new number begins with the receipt under the old one', async () => {
  const hand = await take(client, card_id)
  const got = await accept(client, (await give(client, hand)).gift_ticket)
  assert.equal((await redeem(got)).errcode, 0)

  const of_old = await showCode(server, merchant, hand.code)
  assert.deepEqual([of_old.user_card_status, of_old.openid], ['GIFT_SUCC', hand.openid])
  const story = [`code_received ${hand.code}`, `gift_begun ${hand.code}`, `gift_accepted ${hand.code}`]
  assert.deepEqual(storyOf(of_old), story)

  const of_new = await showCode(server, merchant, got.code)
  assert.deepEqual([of_new.user_card_status, of_new.openid], ['CONSUMED', got.openid])
  assert.deepEqual(storyOf(of_new), [...story, `code_consumed ${got.code}`])
  assert.deepEqual(of_new.history[2]?.detail, { friend: got.openid, new_code: got.code })
})

test('the history of a custom code goes on through a gift', async () => {
  const hand = await takeCustom(client, custom_card_id)
  await accept(client, (await give(client, hand)).gift_ticket)
  const { user_card_status, ...shown } = await showCode(server, merchant, hand.code, custom_card_id)
  assert.equal(user_card_status, 'NORMAL')
  assert.deepEqual(
    shown.history.map(({ kind }) => kind),
    ['code_received', 'gift_begun', 'gift_accepted'],
  )
})

test('a card may forbid gifts: 45030', async () => {
  const own = await createCard(client, 'GROUPON', { can_give_friend: false })
  const hand = await take(client, own)
  assertRefused(await tryToGive(hand), 45030)
  assert.equal(await stateOf(hand), 'NORMAL')
  await give(client, await take(client, await createCard(client, 'GROUPON', { can_give_friend: true })))
})

test('only its holder gives a code away: 40056', async () => {
  for (const hand of await oneOfEach()) {
    assertRefused(await tryToGive({ ...hand, openid: newOpenid() }), 40056)
    assert.equal(await stateOf(hand), 'NORMAL')
  }
  assertRefused(await tryToGive({ ...(await take(client, card_id)), card_id: custom_card_id }), 40056)
})

test('a generated code is given without its card_id too, a custom code is 40056 then', async () => {
  const [generated, custom] = await oneOfEach()
  const without = ({ code, openid }: InHand) => client.post('/wallet/gift', { code, openid })
  assertRefused(await without(custom!), 40056)
  assert.equal((await without(generated!)).errcode, 0)
})

test('no code is 41013, no openid or one that cannot be is 40003, no ticket is 40080', async () => {
  const { gift_ticket } = await give(client, await take(client, card_id))
  const hand = await take(client, card_id)
  assertRefused(await client.post('/wallet/gift', { openid: hand.openid, card_id }), 41013)
  for (const openid of [undefined, null, '', 'o a', '中文', 'o'.repeat(65)]) {
    assertRefused(await client.post('/wallet/gift', { ...hand, openid }), 40003)
    assertRefused(await client.post('/wallet/gift/accept', { gift_ticket, openid }), 40003)
    assertRefused(await client.post('/wallet/gift/return', { gift_ticket, openid }), 40003)
  }
  for (const path of ['/wallet/gift/accept', '/wallet/gift/return']) {
    for (const nothing of [undefined, null, '']) {
      assertRefused(await client.post(path, { gift_ticket: nothing, openid: newOpenid() }), 40080)
    }
  }
})

test('a giver cannot accept their own gift: 40003', async () => {
  for (const hand of await oneOfEach()) {
    const { gift_ticket } = await give(client, hand)
    assertRefused(await tryToAccept(gift_ticket, hand.openid), 40003)
    assert.equal(await stateOf(hand), 'GIFTING')
    await accept(client, gift_ticket)
  }
})

test('a gift is taken once: for the second friend, and for the first again, it is 40080', async () => {
  for (const hand of await oneOfEach()) {
    const { gift_ticket } = await give(client, hand)
    const got = await accept(client, gift_ticket)
    assertRefused(await tryToAccept(gift_ticket), 40080)
    assertRefused(await tryToAccept(gift_ticket, got.openid), 40080)
    assertRefused(await tryToAccept(gift_ticket, hand.openid), 40080)
    assert.equal(await holderOf(got), got.openid)
  }
})

test('a ticket that is not that of a gift is 40080', async () => {
  const { gift_ticket } = await give(client, await take(client, card_id))
  const strangers = ['nothing', `${merchant.appid}.nothing`, gift_ticket.slice(0, -1), `${gift_ticket}0`, '%', '中文']
  for (const ticket of strangers) {
    assertRefused(await tryToAccept(ticket), 40080)
    assertRefused(await tryToTakeBack(ticket, newOpenid()), 40080)
  }
  const offer = { action_name: 'QR_CARD', action_info: { card: { card_id } } }
  const { ticket } = await client.ok('/card/qrcode/create', offer)
  assertRefused(await tryToAccept(String(ticket)), 40080)
})

test('a gift of another merchant is 40080', async () => {
  const hand = await take(client, card_id)
  const { gift_ticket } = await give(client, hand)
  const other = await connect(server.url, await makeMerchant(server))
  const body = { gift_ticket, openid: newOpenid() }
  assertRefused(await other.post('/wallet/gift/accept', body), 40080)
  assertRefused(await other.post('/wallet/gift/return', { gift_ticket, openid: hand.openid }), 40080)
  assert.equal(await stateOf(hand), 'GIFTING')
})

test('a giver takes a gift back that nobody has taken, and has the code as before', async () => {
  for (const hand of await oneOfEach()) {
    const { gift_ticket } = await give(client, hand)
    assert.deepEqual(await tryToTakeBack(gift_ticket, hand.openid), { errcode: 0, errmsg: 'ok' })
    assert.equal(await stateOf(hand), 'NORMAL')
    assertRefused(await tryToAccept(gift_ticket), 40080)
    assertRefused(await tryToTakeBack(gift_ticket, hand.openid), 40080)
    assert.equal((await redeem(hand)).errcode, 0)
  }
})

test('nobody takes the gift of someone else back: 40056', async () => {
  for (const hand of await oneOfEach()) {
    const { gift_ticket } = await give(client, hand)
    assertRefused(await tryToTakeBack(gift_ticket, newOpenid()), 40056)
    assert.equal(await stateOf(hand), 'GIFTING')
  }
})

test('a gift that a friend has taken is not taken back: 40080', async () => {
  for (const hand of await oneOfEach()) {
    const { gift_ticket } = await give(client, hand)
    const got = await accept(client, gift_ticket)
    assertRefused(await tryToTakeBack(gift_ticket, hand.openid), 40080)
    assertRefused(await tryToTakeBack(gift_ticket, got.openid), 40080)
    assert.equal(await holderOf(got), got.openid)
  }
})

test('once its time is over a gift is neither taken nor taken back: 40127', async () => {
  for (const hand of await oneOfEach()) {
    const { gift_ticket } = await give(client, hand)
    await advance(client, DAY_S + SOON_S)
    assertRefused(await tryToAccept(gift_ticket), 40127)
    assertRefused(await tryToTakeBack(gift_ticket, hand.openid), 40127)
    assert.equal(await stateOf(hand), 'GIFT_TIMEOUT')
    assert.deepEqual(await codesOf(client, hand.openid), [hand.code])
  }
})

test('a code that came back is redeemed like any other', async () => {
  for (const hand of await oneOfEach()) {
    await give(client, hand)
    await advance(client, DAY_S + SOON_S)
    assert.equal((await redeem(hand)).errcode, 0)
    assert.equal(await stateOf(hand), 'CONSUMED')
  }
})

test('a code that came back is given again: the new ticket counts, the old one is 40080', async () => {
  for (const hand of await oneOfEach()) {
    const first = await give(client, hand)
    await advance(client, DAY_S + SOON_S)
    const second = await give(client, hand)
    assertSoon(second.expire_time, first.expire_time + DAY_S + SOON_S)
    assertRefused(await tryToAccept(first.gift_ticket), 40080)
    assertRefused(await tryToTakeBack(first.gift_ticket, hand.openid), 40080)
    const got = await accept(client, second.gift_ticket)
    assert.equal(await stateOf(got), 'NORMAL')
  }
})

test('a code on its way is not given a second time: 40127, and the first gift goes on', async () => {
  for (const hand of await oneOfEach()) {
    const { gift_ticket } = await give(client, hand)
    assertRefused(await tryToGive(hand), 40127)
    await accept(client, gift_ticket)
  }
})

test('a merchant sets how many hours friends have; gifts before and after go by what was set then', async () => {
  const own = await makeMerchant(server, '--sandbox')
  const theirs = await connect(server.url, own)
  const of = await createCard(theirs)
  const [before, later] = [await take(theirs, of), await take(theirs, of)]
  const long = await give(theirs, before)

  const set = ['merchant', 'set', own.appid, 'gift_timeout_hours=2']
  const { code, stderr } = await runCli(set, { DATA_DIR: server.data_dir })
  assert.equal(code, 0, stderr)
  const asked = await now(theirs)
  const short = await give(theirs, later)
  assertSoon(short.expire_time, asked + 2 * HOUR_S)

  await theirs.ok('/sandbox/clock', { now: asked + 2 * HOUR_S - SOON_S - 5 })
  assert.equal((await lookUp(theirs, later.code))['user_card_status'], 'GIFTING')
  await advance(theirs, 3 * SOON_S)
  const openid = newOpenid()
  assertRefused(await theirs.post('/wallet/gift/accept', { gift_ticket: short.gift_ticket, openid }), 40127)
  assert.equal((await lookUp(theirs, later.code))['user_card_status'], 'GIFT_TIMEOUT')
  await accept(theirs, long.gift_ticket)
})

/** A merchant of its own with a code that ends within an hour. */
async function endingSoon(): Promise<{ theirs: Client; hand: InHand; end_timestamp: number }> {
  const theirs = await connect(server.url, await makeMerchant(server, '--sandbox'))
  const begin_timestamp = await now(theirs)
  const end_timestamp = begin_timestamp + HOUR_S
  const of = await createCard(theirs, 'GROUPON', {
    date_info: { type: 'DATE_TYPE_FIX_TIME_RANGE', begin_timestamp, end_timestamp },
  })
  return { theirs, hand: await take(theirs, of), end_timestamp }
}

test('a gift ends with its code, where that ends first', async () => {
  const { theirs, hand, end_timestamp } = await endingSoon()
  const { gift_ticket, expire_time } = await give(theirs, hand)
  assert.equal(expire_time, end_timestamp)

  await theirs.ok('/sandbox/clock', { now: end_timestamp + 1 })
  assertRefused(await theirs.post('/wallet/gift/accept', { gift_ticket, openid: newOpenid() }), 40127)
  assertRefused(await theirs.post('/wallet/gift/return', { gift_ticket, openid: hand.openid }), 40127)
  assertRefused(await theirs.post('/wallet/gift', hand), 40127)
  assert.equal((await lookUp(theirs, hand.code))['user_card_status'], 'EXPIRE')
  assert.deepEqual(await codesOf(theirs, hand.openid), [])
})

test('a friend’s code ends when the giver’s would have', async () => {
  const { theirs, hand, end_timestamp } = await endingSoon()
  const got = await accept(theirs, (await give(theirs, hand)).gift_ticket)
  await theirs.ok('/sandbox/clock', { now: end_timestamp + 1 })
  assert.equal((await lookUp(theirs, got.code))['user_card_status'], 'EXPIRE')
})

test('a code that has not begun is given, and begins for the friend when it would have', async () => {
  const of = await createCard(client, 'GROUPON', {
    date_info: { type: 'DATE_TYPE_FIX_TERM', fixed_term: 5, fixed_begin_term: 3 },
  })
  const hand = await take(client, of)
  const { card } = await lookUp(client, hand.code)
  const got = await accept(client, (await give(client, hand)).gift_ticket)
  const shown = await lookUp(client, got.code)
  assert.deepEqual(shown['card'], { ...(card as object), code: got.code })
  assert.equal(shown['can_consume'], false)
  assertRefused(await redeem(got), 40147)
})

test('a gift goes on and on: each friend gives it to the next, and the last one redeems it', async () => {
  for (const first of await oneOfEach()) {
    const hands = [first]
    for (let friends = 0; friends < 3; friends++) {
      hands.push(await accept(client, (await give(client, hands.at(-1)!)).gift_ticket))
    }
    const last = hands.at(-1)!
    const isGenerated = first.card_id === card_id
    assert.equal(new Set(hands.map(({ code }) => code)).size, isGenerated ? 4 : 1)
    for (const earlier of hands.slice(0, -1)) {
      assert.deepEqual(await codesOf(client, earlier.openid), [])
      if (isGenerated) assertRefused(await redeem(earlier), 40056)
    }
    assert.deepEqual(await codesOf(client, last.openid), [last.code])
    assert.equal((await redeem(last))['openid'], last.openid)

    const shown = await showCode(server, merchant, last.code, last.card_id)
    const from = hands.slice(0, -1)
    assert.deepEqual(
      shown.history.map(({ kind, code, openid }) => ({ kind, code, openid })),
      [
        { kind: 'code_received', code: first.code, openid: first.openid },
        ...from.flatMap(({ code, openid }) => [
          { kind: 'gift_begun', code, openid },
          { kind: 'gift_accepted', code, openid },
        ]),
        { kind: 'code_consumed', code: last.code, openid: last.openid },
      ],
    )
  }
})

test('a gift may come back to its first giver from the friend', async () => {
  for (const hand of await oneOfEach()) {
    const there = await accept(client, (await give(client, hand)).gift_ticket)
    const back = await accept(client, (await give(client, there)).gift_ticket, hand.openid)
    assert.deepEqual(await codesOf(client, hand.openid), [back.code])
    assert.equal((await redeem(back))['openid'], hand.openid)
  }
})

test('gifts change neither the stock nor what giver and friend may still receive', async () => {
  const of = await createCard(client, 'GROUPON', { get_limit: 1, sku: { quantity: 2 } })
  const [giver, friend] = [newOpenid(), newOpenid()]
  const { gift_ticket } = await give(client, await take(client, of, giver))
  await accept(client, gift_ticket, friend)
  assert.deepEqual((await getCard(client, of)).base_info.sku, { quantity: 1, total_quantity: 2 })
  assertRefused(await client.post('/wallet/receive', { card_id: of, openid: giver }), 45033)
  await take(client, of, friend)
  assert.equal((await codesOf(client, friend)).length, 2)
})

test('a friend who has received all that one may still takes a gift', async () => {
  const of = await createCard(client, 'GROUPON', { get_limit: 1 })
  const friend = newOpenid()
  await take(client, of, friend)
  await accept(client, (await give(client, await take(client, of))).gift_ticket, friend)
  assert.equal((await codesOf(client, friend)).length, 2)
})

test('a gift that is redeemed counts for the friend, not for the giver', async () => {
  const of = await createCard(client, 'GROUPON', { use_limit: 1 })
  const [giver, friend] = [newOpenid(), newOpenid()]
  const given = await take(client, of, giver)
  const [givers, friends] = [await take(client, of, giver), await take(client, of, friend)]
  const got = await accept(client, (await give(client, given)).gift_ticket, friend)
  assert.equal((await redeem(got)).errcode, 0)
  assertRefused(await redeem(friends), 40147)
  assert.equal((await lookUp(client, friends.code))['can_consume'], false)
  assert.equal((await redeem(givers)).errcode, 0)
})

test('a friend who has redeemed use_limit codes takes a gift, and cannot redeem it', async () => {
  const of = await createCard(client, 'GROUPON', { use_limit: 1 })
  const friend = newOpenid()
  assert.equal((await redeem(await take(client, of, friend))).errcode, 0)
  const hand = await take(client, of)
  const got = await accept(client, (await give(client, hand)).gift_ticket, friend)
  assertRefused(await redeem(got), 40147)
})

test('a code of a deleted card is given and taken', async () => {
  const generated = await createCard(client)
  const custom = await createCard(client, 'GROUPON', { use_custom_code: true })
  for (const hand of [await take(client, generated), await takeCustom(client, custom)]) {
    await client.ok('/card/delete', { card_id: hand.card_id })
    const got = await accept(client, (await give(client, hand)).gift_ticket)
    assert.equal((await redeem(got))['openid'], got.openid)
  }
})

test('a card that is deleted while a gift is on its way does not hold it up', async () => {
  const of = await createCard(client)
  const { gift_ticket } = await give(client, await take(client, of))
  await client.ok('/card/delete', { card_id: of })
  await accept(client, gift_ticket)
})

test('a code on its way is not redeemed: 40127, and the friend can still take it', async () => {
  for (const hand of await oneOfEach()) {
    const { gift_ticket } = await give(client, hand)
    assertRefused(await redeem(hand), 40127)
    assert.equal((await redeem(await accept(client, gift_ticket))).errcode, 0)
  }
})

test('a code that is made unavailable on its way cannot be taken or taken back', async () => {
  for (const hand of await oneOfEach()) {
    const { gift_ticket } = await give(client, hand)
    await client.ok('/card/code/unavailable', hand)
    const answers = [await tryToAccept(gift_ticket), await tryToTakeBack(gift_ticket, hand.openid)]
    for (const answer of answers) {
      assert.ok([40080, 40127].includes(answer.errcode), answer.errmsg)
    }
    assert.deepEqual([await stateOf(hand), await holderOf(hand)], ['UNAVAILABLE', hand.openid])
  }
})

test('a custom code that the merchant renames after a gift is the friend’s under the new number only', async () => {
  const hand = await takeCustom(client, custom_card_id)
  const got = await accept(client, (await give(client, hand)).gift_ticket)
  await client.ok('/card/code/update', { ...hand, new_code: 'SAFE-AGAIN' })
  assertRefused(await redeem(hand), 40056)
  assert.deepEqual(await codesOf(client, got.openid), ['SAFE-AGAIN'])
  assert.equal((await redeem({ ...got, code: 'SAFE-AGAIN' }))['openid'], got.openid)
})

test('after all that, the facts and the tables agree', () => assertClean(server))
