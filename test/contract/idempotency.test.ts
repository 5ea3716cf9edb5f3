import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, lookUp, newOpenid, receive } from '../support/acts.ts'
import { countErrcodes, together } from '../support/answers.ts'
import { cardBody } from '../support/cards.ts'
import { changeBody } from '../support/change.ts'
import { connect, getJson, type Answer } from '../support/client.ts'
import { sqlIn } from '../support/place.ts'
import { createDepositCard, createFullPool } from '../support/deposit.ts'
import { give, newCustomCode, take, takeCustom } from '../support/hand.ts'
import { newKey, withKeys } from '../support/keyed.ts'
import { send } from '../support/raw.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { assertClean } from '../support/verify.ts'

/** So that links stay what they are when the server starts again on another port. */
const SETTINGS = { PUBLIC_URL: 'https://cards.example.com' }

const server = await startServer(SETTINGS)
after(() => server.stop())
const [merchant, other] = await Promise.all([makeMerchant(server, '--sandbox'), makeMerchant(server)])
const client = await connect(server.url, merchant)
const ask = withKeys(server, client)

await client.ok('/card/testwhitelist/set', { openid: [] })
const card_id = await createCard(client, 'GROUPON', { sku: { quantity: 10_000 }, get_limit: 50 })
const custom_card_id = await createCard(client, 'GROUPON', { use_custom_code: true })

const parsed = (text: string): Answer => JSON.parse(text) as Answer
const stockOf = async (of: string) => (await getCard(client, of)).base_info.sku
const factsIn = () => sqlIn(server.data_dir, 'select cast(count(*) as integer) as facts from fact')

/** Bodies of every act that changes something, each new. */
const CHANGES: Record<string, () => Promise<object>> = {
  '/card/create': async () => cardBody(),
  '/card/update': async () =>
    changeBody(card_id, 'GROUPON', { base_info: { notice: `请出示 ${newKey()}`.slice(0, 40) } }),
  '/card/delete': async () => ({ card_id: await createCard(client) }),
  '/card/modifystock': async () => ({ card_id, increase_stock_value: 5 }),
  '/card/testwhitelist/set': async () => ({ openid: [newOpenid()] }),
  '/card/selfconsumecell/set': async () => ({ card_id: await createCard(client), is_open: true }),
  '/card/qrcode/create': async () => ({ action_name: 'QR_CARD', action_info: { card: { card_id } } }),
  '/card/code/deposit': async () => ({ card_id: await createDepositCard(client), code: [newCustomCode()] }),
  '/card/code/consume': async () => ({ code: await receive(client, card_id) }),
  '/card/code/unavailable': async () => ({ code: await receive(client, card_id), reason: '退款' }),
  '/card/code/update': async () => {
    const { code } = await takeCustom(client, custom_card_id)
    return { code, card_id: custom_card_id, new_code: newCustomCode() }
  },
  '/card/membercard/activate': async () => ({
    code: await receive(client, await createCard(client, 'MEMBER_CARD')),
    membership_number: newCustomCode(),
  }),
  '/wallet/view': async () => ({ card_id, openid: newOpenid() }),
  '/wallet/receive': async () => ({ card_id, openid: newOpenid() }),
  '/wallet/gift': () => take(client, card_id),
  '/wallet/gift/accept': async () => {
    const { gift_ticket } = await give(client, await take(client, card_id))
    return { gift_ticket, openid: newOpenid() }
  },
  '/wallet/gift/return': async () => {
    const hand = await take(client, card_id)
    const { gift_ticket } = await give(client, hand)
    return { gift_ticket, openid: hand.openid }
  },
  '/wallet/delete': () => take(client, card_id),
  '/wallet/restore': async () => {
    const member_card_id = await createCard(client, 'MEMBER_CARD')
    const hand = await take(client, member_card_id)
    await client.ok('/wallet/delete', hand)
    return { card_id: member_card_id, openid: hand.openid }
  },
  '/wallet/session': async () => ({ openid: newOpenid() }),
}

for (const [path, newBody] of Object.entries(CHANGES)) {
  test(`a repeat of ${path} is answered byte for byte, and does nothing more`, async () => {
    const [body, key] = [await newBody(), newKey()]
    const first = await ask(path, body, key)
    assert.equal(parsed(first).errcode, 0, first)
    const facts = await factsIn()
    assert.equal(await ask(path, body, key), first)
    assert.equal(await ask(path, body, key), first)
    assert.deepEqual(await factsIn(), facts)
  })
}

test('without a key, or with a new one, each request is one of its own', async () => {
  const body = { card_id, openid: newOpenid() }
  const codes = [
    await client.ok('/wallet/receive', body),
    await client.ok('/wallet/receive', body),
    parsed(await ask('/wallet/receive', body, newKey())),
    parsed(await ask('/wallet/receive', body, newKey())),
  ].map(({ code }) => code)
  assert.equal(new Set(codes).size, 4)
})

test('a receipt that is repeated takes one piece of the stock, and a stock that is raised again is raised once', async () => {
  const own = await createCard(client, 'GROUPON', { sku: { quantity: 3 } })
  const [receipt, raise] = [newKey(), newKey()]
  const openid = newOpenid()
  for (let time = 0; time < 3; time++) {
    await ask('/wallet/receive', { card_id: own, openid }, receipt)
    await ask('/card/modifystock', { card_id: own, increase_stock_value: 10 }, raise)
  }
  assert.deepEqual(await stockOf(own), { quantity: 12, total_quantity: 13 })
})

test('a deposited code is drawn once by a receipt that is repeated', async () => {
  const own = await createFullPool(client, ['D-1', 'D-2'])
  const [body, key] = [{ card_id: own, openid: newOpenid() }, newKey()]
  const first = await ask('/wallet/receive', body, key)
  assert.equal(await ask('/wallet/receive', body, key), first)
  assert.equal(await receive(client, own), 'D-2')
})

test('a token that is asked for again by POST is the same one, in whichever way it was asked', async () => {
  const parameters = { grant_type: 'client_credential', ...merchant }
  const form = new URLSearchParams(parameters).toString()
  for (const [path, body] of [
    ['/cgi-bin/token', JSON.stringify(parameters)],
    ['/cgi-bin/token', form],
    [`/cgi-bin/token?${form}`, ''],
    ['/cgi-bin/stable_token', JSON.stringify({ ...parameters, force_refresh: true })],
  ] as const) {
    const headers = { 'idempotency-key': newKey() }
    const post = async () => (await send(server.url + path, { headers, body })).text
    const first = await post()
    assert.equal(await post(), first)
    const { access_token } = parsed(first)
    const asked = await getJson(
      `${server.url}/card/get?access_token=${String(access_token)}`,
      `{"card_id":"${card_id}"}`,
    )
    assert.equal(asked.errcode, 0, 'and it works')
  }
})

test('a wrong secret is refused also under the key of a right one, wherever it stands', async () => {
  const right: Record<string, string> = { grant_type: 'client_credential', ...merchant }
  const wrong = { ...right, secret: 'x'.repeat(32) }
  const inQuery = (sent: Record<string, string>) =>
    [`/cgi-bin/token?${new URLSearchParams(sent).toString()}`, ''] as const
  const inBody = (sent: Record<string, string>) => ['/cgi-bin/token', JSON.stringify(sent)] as const
  for (const sentBy of [inBody, inQuery]) {
    const headers = { 'idempotency-key': newKey() }
    const post = async ([path, body]: readonly [string, string]) =>
      parsed((await send(server.url + path, { headers, body })).text)
    assert.equal((await post(sentBy(right))).errcode, undefined)
    const { errcode } = await post(sentBy(wrong))
    assert.ok(errcode === 40125 || errcode === 40097, `${sentBy.name}: ${errcode}`)
  }
})

test('a question is answered as it was first, whatever has changed in between', async () => {
  const code = await receive(client, card_id)
  const [body, key] = [{ code, check_consume: false }, newKey()]
  const first = await ask('/card/code/get', body, key)
  assert.equal(parsed(first)['user_card_status'], 'NORMAL')
  await client.ok('/card/code/consume', { code })
  assert.equal((await lookUp(client, code))['user_card_status'], 'CONSUMED')
  assert.equal(await ask('/card/code/get', body, key), first)
})

test('every question is answered alike when it comes again', async () => {
  const { code, openid } = await take(client, card_id)
  const pool = await createFullPool(client, ['Q-1'])
  for (const [path, body] of [
    ['/card/get', { card_id }],
    ['/card/batchget', { offset: 0, count: 50 }],
    ['/card/user/getcardlist', { openid }],
    ['/card/code/get', { code }],
    ['/card/code/checkcode', { card_id: pool, code: ['Q-1', 'Q-2'] }],
    ['/card/code/getdepositcount', { card_id: pool }],
  ] as const) {
    const key = newKey()
    const first = await ask(path, body, key)
    assert.equal(parsed(first).errcode, 0, first)
    // Changes what each of them would answer.
    await client.ok('/card/code/deposit', { card_id: pool, code: [newCustomCode()] })
    await client.ok('/card/modifystock', { card_id, increase_stock_value: 1 })
    await createCard(client)
    assert.equal(await ask(path, body, key), first)
  }
})

test('a refusal is repeated to the hint, though the request would be granted by now', async () => {
  const own = await createCard(client, 'GROUPON', { sku: { quantity: 1 } })
  await receive(client, own)
  const [body, key] = [{ card_id: own, openid: newOpenid() }, newKey()]
  const first = await ask('/wallet/receive', body, key)
  assertRefused(parsed(first), 45031)
  await client.ok('/card/modifystock', { card_id: own, increase_stock_value: 1 })
  assert.equal(await ask('/wallet/receive', body, key), first)
  assert.equal(parsed(await ask('/wallet/receive', body, newKey())).errcode, 0)
})

test('a code that was redeemed before is 40099 again, with its card, its code and its hint', async () => {
  const code = await receive(client, card_id)
  await client.ok('/card/code/consume', { code })
  const key = newKey()
  const first = await ask('/card/code/consume', { code }, key)
  assertRefused(parsed(first), 40099)
  assert.deepEqual([parsed(first)['_card'], parsed(first)['_code']], [card_id, code])
  assert.equal(await ask('/card/code/consume', { code }, key), first)
  assert.notEqual(await ask('/card/code/consume', { code }, newKey()), first, 'another refusal has a hint of its own')
})

test('a question that was refused is refused again, byte for byte: 40127', async () => {
  const hand = await take(client, card_id)
  const { gift_ticket } = await give(client, hand)
  const [body, key] = [{ code: hand.code }, newKey()]
  const first = await ask('/card/code/get', body, key)
  assertRefused(parsed(first), 40127)
  await client.ok('/wallet/gift/return', { gift_ticket, openid: hand.openid })
  assert.equal((await client.post('/card/code/get', body)).errcode, 0)
  assert.equal(await ask('/card/code/get', body, key), first)
})

test('the same key with another body is 40097, and nothing is done', async () => {
  const [body, key] = [{ card_id, openid: newOpenid() }, newKey()]
  const first = await ask('/wallet/receive', body, key)
  const stock = await stockOf(card_id)
  assertRefused(parsed(await ask('/wallet/receive', { ...body, openid: newOpenid() }, key)), 40097)
  assertRefused(parsed(await ask('/wallet/receive', { ...body, outer_str: 'poster' }, key)), 40097)
  assert.deepEqual(await stockOf(card_id), stock)
  assert.equal(await ask('/wallet/receive', body, key), first, 'the first one stands')
})

test('the same key on another path is 40097, for changes and for questions', async () => {
  const { code } = await take(client, card_id)
  const key = newKey()
  const first = await ask('/card/code/get', { code }, key)
  assertRefused(parsed(await ask('/card/code/consume', { code }, key)), 40097)
  assertRefused(parsed(await ask('/card/code/unavailable', { code }, key)), 40097)
  assert.equal((await lookUp(client, code))['user_card_status'], 'NORMAL')
  assert.equal(await ask('/card/code/get', { code }, key), first)

  const redeeming = newKey()
  await ask('/card/code/consume', { code }, redeeming)
  assertRefused(parsed(await ask('/card/code/get', { code }, redeeming)), 40097)
})

test("another merchant's same key is his own", async () => {
  const theirs = await connect(server.url, other)
  const askThem = withKeys(server, theirs)
  const key = newKey()
  const mine = await ask('/card/create', cardBody(), key)
  const body = cardBody('CASH')
  const first = await askThem('/card/create', body, key)
  assert.equal(parsed(first).errcode, 0, first)
  assert.notEqual(parsed(first)['card_id'], parsed(mine)['card_id'])
  assert.equal(await askThem('/card/create', body, key), first)
})

test('a key has 1 to 255 characters', async () => {
  const body = { card_id, openid: newOpenid() }
  for (const key of ['k', 'k'.repeat(255), `"quoted" ${newKey()}`]) {
    const first = await ask('/wallet/receive', body, key)
    assert.equal(parsed(first).errcode, 0, first)
    assert.equal(await ask('/wallet/receive', body, key), first)
  }
})

test('an empty key and one of 256 characters are 40097, for changes and for questions, and nothing is done', async () => {
  const openid = newOpenid()
  for (const key of ['', 'k'.repeat(256)]) {
    assertRefused(parsed(await ask('/wallet/receive', { card_id, openid }, key)), 40097)
    assertRefused(parsed(await ask('/card/user/getcardlist', { openid }, key)), 40097)
  }
  assert.deepEqual((await client.ok('/card/user/getcardlist', { openid }))['card_list'], [])
})

test('a request whose shape is refused does not use its key up', async () => {
  const key = newKey()
  assertRefused(parsed(await ask('/card/create', cardBody('GROUPON', { title: '' }), key)), 41011)
  const body = cardBody()
  const first = await ask('/card/create', body, key)
  assert.equal(parsed(first).errcode, 0, first)
  assert.equal(await ask('/card/create', body, key), first)
})

test('neither does a request that nobody may make, or that is no JSON', async () => {
  const [body, key] = [{ card_id, openid: newOpenid() }, newKey()]
  assertRefused(parsed(await withKeys(server, { access_token: 'nobody' })('/wallet/receive', body, key)), 40001)
  const url = `${server.url}/wallet/receive?access_token=${client.access_token}`
  const { text } = await send(url, { headers: { 'idempotency-key': key }, body: '{"card_id":' })
  assertRefused(parsed(text), 47001, /^Error before/)
  assert.equal(parsed(await ask('/wallet/receive', body, key)).errcode, 0)
})

test('32 repeats at once with one key have one effect and are answered alike', async () => {
  const own = await createCard(client, 'GROUPON', { sku: { quantity: 40 }, get_limit: 50 })
  const code = await receive(client, own)
  for (const [path, body] of [
    ['/wallet/receive', { card_id: own, openid: newOpenid() }],
    ['/card/code/consume', { code }],
    ['/card/code/get', { code, check_consume: false }],
    ['/card/create', cardBody()],
  ] as const) {
    const key = newKey()
    const answers = await together(32, () => ask(path, body, key))
    assert.equal(new Set(answers).size, 1, path)
    assert.equal(parsed(answers[0]!).errcode, 0, answers[0])
  }
  assert.equal((await stockOf(own)).quantity, 38)
})

test('of 32 different requests at once with one key one is done, and the others are 40097', async () => {
  const own = await createCard(client)
  const key = newKey()
  const texts = await together(32, () => ask('/wallet/receive', { card_id: own, openid: newOpenid() }, key))
  assert.deepEqual(countErrcodes(texts.map(parsed)), { 0: 1, 40097: 31 })
  assert.equal((await stockOf(own)).quantity, 99)
})

test('a new access_token changes nothing', async () => {
  const [body, key] = [{ card_id, openid: newOpenid() }, newKey()]
  const first = await ask('/wallet/receive', body, key)
  const again = await connect(server.url, merchant)
  assert.notEqual(again.access_token, client.access_token)
  assert.equal(await withKeys(server, again)('/wallet/receive', body, key), first)
})

test("a day of the sandbox's clock ends no key: a repeat is a matter of the server's day", async () => {
  const [body, key] = [{ card_id, openid: newOpenid() }, newKey()]
  const first = await ask('/wallet/receive', body, key)
  await client.ok('/sandbox/clock', { advance: 2 * 86_400 })
  assert.equal(await ask('/wallet/receive', body, key), first)
})

for (const [ending, end] of [
  ['a stop', 'stop'],
  ['a kill -9', 'kill'],
] as const) {
  test(`after ${ending} and a start every repeat is still answered the same`, async (t) => {
    const before = await startServer(SETTINGS)
    t.after(() => before.kill())
    const own = await makeMerchant(before)
    const client = await connect(before.url, own)
    const ask = withKeys(before, client)
    const card_id = await createCard(client)
    const [hand, given, spent] = [await take(client, card_id), await take(client, card_id), await take(client, card_id)]
    await client.ok('/card/code/consume', { code: spent.code })
    // All at once, so none may change what another asks for.
    const asked = [
      ['/card/create', cardBody()],
      ['/wallet/receive', { card_id, openid: newOpenid() }],
      ['/card/modifystock', { card_id, increase_stock_value: 5 }],
      ['/card/code/get', { code: hand.code }],
      ['/wallet/gift', given],
      ['/card/qrcode/create', { action_name: 'QR_CARD', action_info: { card: { card_id } } }],
      ['/wallet/session', { openid: hand.openid }],
      ['/card/code/consume', { code: spent.code }],
      ['/card/code/get', { code: spent.code }],
    ].map(([path, body]) => ({ path: path as string, body, key: newKey() }))
    const first = await Promise.all(asked.map(({ path, body, key }) => ask(path, body, key)))
    assert.deepEqual(
      first.map((text) => parsed(text).errcode),
      [0, 0, 0, 0, 0, 0, 0, 40099, 40127],
    )
    await before[end]()

    const later = await startServer({ ...SETTINGS, DATA_DIR: before.data_dir })
    t.after(() => later.kill())
    const askAgain = withKeys(later, await connect(later.url, own))
    assert.deepEqual(await Promise.all(asked.map(({ path, body, key }) => askAgain(path, body, key))), first)
    await assertClean(later)
  })
}

test('after all this the tables are what the facts say', () => assertClean(server))
