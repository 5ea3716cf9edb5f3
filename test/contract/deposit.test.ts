import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, lookUp, newOpenid, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { createDepositCard, createFullPool, DEPOSITED, deposit, numbered } from '../support/deposit.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { assertClean } from '../support/verify.ts'

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server))

const UNKNOWN_CARD = 'pFS7Fjg8kV1IdDz01r4SQwMkuCKc'

const ask = (card_id: unknown, code: unknown) => client.post('/card/code/deposit', { card_id, code })
const check = (card_id: unknown, code: unknown) => client.post('/card/code/checkcode', { card_id, code })
const raise = (card_id: string, by: number) => client.post('/card/modifystock', { card_id, increase_stock_value: by })
const draw = (card_id: string, more: object = {}) =>
  client.post('/wallet/receive', { card_id, openid: newOpenid(), ...more })
const countOf = async (card_id: string) => (await client.ok('/card/code/getdepositcount', { card_id }))['count']
const stockOf = async (card_id: string) => (await getCard(client, card_id)).base_info.sku

test('a card whose codes will be deposited begins with a stock of 0, and with no other', async () => {
  const card_id = await createDepositCard(client)
  assert.deepEqual(await stockOf(card_id), { quantity: 0, total_quantity: 0 })
  assert.equal(await countOf(card_id), 0)
  await assert.rejects(createCard(client, 'GROUPON', { ...DEPOSITED, sku: { quantity: 1 } }), / 40136 /)
})

test('codes are deposited, counted and found again, in any number up to a hundred a call', async () => {
  const card_id = await createDepositCard(client)
  const codes = numbered('A', 100)
  assert.deepEqual(await ask(card_id, codes), {
    errcode: 0,
    errmsg: 'ok',
    succ_code: codes,
    duplicate_code: [],
    fail_code: [],
  })
  assert.deepEqual((await ask(card_id, ['B-1']))['succ_code'], ['B-1'])
  assert.equal(await countOf(card_id), 101)
  assert.deepEqual(await check(card_id, ['B-1', 'nobody', 'A-0100', 'A-0101']), {
    errcode: 0,
    errmsg: 'ok',
    exist_code: ['B-1', 'A-0100'],
    not_exist_code: ['nobody', 'A-0101'],
  })
})

test('101 codes in one call are 40109, and none of them is kept', async () => {
  const card_id = await createDepositCard(client)
  assertRefused(await ask(card_id, numbered('A', 101)), 40109)
  assertRefused(await check(card_id, numbered('A', 101)), 40109)
  assert.equal(await countOf(card_id), 0)
})

test('an empty code is 40110, and none of its call is kept', async () => {
  const card_id = await createDepositCard(client)
  for (const empty of ['', null]) {
    assertRefused(await ask(card_id, ['good', empty]), 40110)
    assertRefused(await ask(card_id, [empty, 'good']), 40110)
  }
  assert.equal(await countOf(card_id), 0)
})

test('no codes are 41013, and codes that are no list of texts 47001', async () => {
  const card_id = await createDepositCard(client)
  for (const none of [undefined, null, []]) assertRefused(await ask(card_id, none), 41013)
  for (const wrong of ['one', 1, { 0: 'one' }, [['one']], [{}], [true], [1.5], [-1]]) {
    assertRefused(await ask(card_id, wrong), 47001)
  }
  assert.equal(await countOf(card_id), 0)
})

test('a code may come as a number', async () => {
  const card_id = await createDepositCard(client)
  assert.deepEqual((await ask(card_id, [11111, '22222']))['succ_code'], ['11111', '22222'])
  assert.deepEqual((await check(card_id, ['11111', 22222]))['exist_code'], ['11111', '22222'])
})

test('a code that is named twice, is in the pool or was handed out is told as a duplicate, and counts once', async () => {
  const card_id = await createFullPool(client, ['first', 'second'])
  assert.equal(await receive(client, card_id), 'first')
  const answer = await ask(card_id, ['new', 'first', 'second', 'new', 'newer'])
  const { succ_code, duplicate_code, fail_code } = answer
  assert.deepEqual(
    { succ_code, duplicate_code, fail_code },
    { succ_code: ['new', 'newer'], duplicate_code: ['first', 'second', 'new'], fail_code: [] },
  )
  assert.equal(await countOf(card_id), 4)
  assert.deepEqual((await ask(card_id, ['new', 'first']))['succ_code'], [])
  assert.equal(await countOf(card_id), 4)
})

test('a code over 20 bytes, or with blanks in it, is told as failed, and the others are kept', async () => {
  const card_id = await createDepositCard(client)
  const good = ['12345678901234567890', '海风小馆会员']
  const bad = ['123456789012345678901', '海风小馆会员卡', ' ', 'a b', ' a', 'a\n', 'a\u00a0b', 'a\u200bb']
  const { succ_code, duplicate_code, fail_code } = await ask(card_id, [good[0], ...bad, good[1]])
  assert.deepEqual({ succ_code, duplicate_code, fail_code }, { succ_code: good, duplicate_code: [], fail_code: bad })
  assert.equal(await countOf(card_id), 2)
  assert.deepEqual((await check(card_id, bad))['not_exist_code'], bad)
})

test('an unknown card is 40073 and no card 41012, for each of the three', async () => {
  const count = (card_id: unknown) => client.post('/card/code/getdepositcount', { card_id })
  for (const call of [(card: unknown) => ask(card, ['a']), (card: unknown) => check(card, ['a']), count]) {
    assertRefused(await call(UNKNOWN_CARD), 40073)
    assertRefused(await call(undefined), 41012)
  }
})

test('a card of another merchant is 40073', async () => {
  const card_id = await createDepositCard(client)
  const other = await connect(server.url, await makeMerchant(server))
  for (const path of ['deposit', 'checkcode', 'getdepositcount']) {
    assertRefused(await other.post(`/card/code/${path}`, { card_id, code: ['a'] }), 40073)
  }
})

test('a card whose codes are generated, or brought by holders, takes no deposit: 40078', async () => {
  assertRefused(await ask(await createCard(client), ['a']), 40078)
  assertRefused(await ask(await createCard(client, 'GROUPON', { use_custom_code: true }), ['a']), 40078)
})

test('a deleted card takes no deposit: 40078', async () => {
  const card_id = await createDepositCard(client)
  await client.ok('/card/delete', { card_id })
  assertRefused(await ask(card_id, ['a']), 40078)
})

test('the stock is raised up to the codes that are deposited, also when some are handed out: above it is 40136', async () => {
  const card_id = await createDepositCard(client)
  assertRefused(await raise(card_id, 1), 40136)
  await deposit(client, card_id, numbered('A', 3))
  assertRefused(await raise(card_id, 4), 40136)
  await client.ok('/card/modifystock', { card_id, increase_stock_value: 2 })
  await receive(client, card_id)
  assert.deepEqual(await stockOf(card_id), { quantity: 1, total_quantity: 2 })
  assertRefused(await raise(card_id, 2), 40136)
  assert.deepEqual(await stockOf(card_id), { quantity: 1, total_quantity: 2 })
  await client.ok('/card/modifystock', { card_id, increase_stock_value: 1 })
  assertRefused(await raise(card_id, 1), 40136)
  await client.ok('/card/modifystock', { card_id, reduce_stock_value: 2 })
  await deposit(client, card_id, ['B'])
  assertRefused(await raise(card_id, 4), 40136)
  await client.ok('/card/modifystock', { card_id, increase_stock_value: 3 })
  assert.deepEqual(await stockOf(card_id), { quantity: 3, total_quantity: 4 })
})

test('codes are handed out in order of their deposit, each once, until none is left: 45031', async () => {
  const codes = ['z', 'a', '10', '9', 'm']
  const card_id = await createFullPool(client, codes)
  const received = []
  for (const _ of codes) received.push(await receive(client, card_id))
  assert.deepEqual(received, codes)
  assertRefused(await draw(card_id), 45031)
  assert.equal(await countOf(card_id), 5, 'those that are handed out are counted too')
  assert.deepEqual((await check(card_id, ['z', 'm']))['exist_code'], ['z', 'm'])
})

test('codes that are deposited but not in stock are not handed out: 45031', async () => {
  const card_id = await createDepositCard(client)
  await deposit(client, card_id, ['a', 'b'])
  assertRefused(await draw(card_id), 45031)
  await raise(card_id, 1)
  assert.equal(await receive(client, card_id), 'a')
  assertRefused(await draw(card_id), 45031)
})

test('a holder cannot choose among deposited codes: 40116', async () => {
  const card_id = await createFullPool(client, ['a', 'b'])
  assertRefused(await draw(card_id, { code: 'b' }), 40116)
  assert.equal(await receive(client, card_id), 'a')
})

test('a deposited code is 40056 everywhere until it is received, and then as good as any other', async () => {
  const card_id = await createFullPool(client, ['early', 'late'])
  const openid = newOpenid()
  const acts: [string, object][] = [
    ['/card/code/get', { check_consume: false }],
    ['/card/code/get', {}],
    ['/card/code/consume', {}],
    ['/card/code/unavailable', {}],
    ['/card/code/update', { new_code: 'other' }],
    ['/wallet/gift', { openid }],
    ['/wallet/delete', { openid }],
  ]
  for (const [path, more] of acts) assertRefused(await client.post(path, { card_id, code: 'early', ...more }), 40056)
  assert.equal(await receive(client, card_id, openid), 'early')
  const { openid: holder, user_card_status } = await lookUp(client, 'early', card_id)
  assert.deepEqual([holder, user_card_status], [openid, 'NORMAL'])
  await client.ok('/card/code/consume', { code: 'early', card_id })
  for (const [path, more] of acts) assertRefused(await client.post(path, { card_id, code: 'late', ...more }), 40056)
})

test('no code can be given the number of a deposited one: 40111', async () => {
  const card_id = await createFullPool(client, ['mine', 'next'])
  await receive(client, card_id)
  assertRefused(await client.post('/card/code/update', { code: 'mine', card_id, new_code: 'next' }), 40111)
  assert.equal(await receive(client, card_id), 'next')
})

test('two cards may have the same numbers, and neither knows of the other', async () => {
  const [one, two] = await Promise.all([createFullPool(client, ['VIP', 'A']), createFullPool(client, ['VIP', 'B'])])
  assert.deepEqual((await check(one, ['A', 'B']))['exist_code'], ['A'])
  assert.equal(await receive(client, one), 'VIP')
  assertRefused(await client.post('/card/code/get', { code: 'VIP', card_id: two }), 40056)
  assert.equal(await receive(client, two), 'VIP')
  await client.ok('/card/code/consume', { code: 'VIP', card_id: one })
  assert.equal((await lookUp(client, 'VIP', two))['user_card_status'], 'NORMAL')
})

test('a pool of a thousand codes is handed out to its end in its order', async () => {
  const codes = numbered('P', 1000)
  const card_id = await createFullPool(client, codes)
  const answers = []
  // Those of one turn are committed together, in the order in which they arrive, which the network may change.
  for (let from = 0; from < 1000; from += 50)
    answers.push(await Promise.all(Array.from({ length: 50 }, () => draw(card_id))))
  const received = answers.map((page) => page.map(({ code }) => String(code)).sort())
  assert.deepEqual(received.flat(), codes)
  assertRefused(await draw(card_id), 45031)
})

test('after all that, the facts and the tables agree', () => assertClean(server))
