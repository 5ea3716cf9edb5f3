import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, newOpenid, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, runCli, startServer } from '../support/server.ts'

/** 测试白名单: who may receive a card before it is approved. */

const server = await startServer()
after(() => server.stop())
const merchant = await makeMerchant(server, '--review', 'manual')
const client = await connect(server.url, merchant)

const setList = (body: object) => client.post('/card/testwhitelist/set', body)
const openids = (count: number): string[] => Array.from({ length: count }, newOpenid)
const claim = (card_id: string, openid: string) => client.post('/wallet/receive', { card_id, openid })

test('the reply tells who is on the list and how many they are', async () => {
  const openid = openids(2)
  assert.deepEqual(await setList({ openid, username: ['afdvvf', 'abcd'] }), {
    errcode: 0,
    errmsg: 'ok',
    white_list_size: 4,
    success_openid: openid,
    success_username: ['afdvvf', 'abcd'],
  })
})

test('a tester receives a card that waits, and anyone else does not: 40078', async () => {
  const card_id = await createCard(client)
  const [tester] = openids(1)
  assertRefused(await claim(card_id, tester!), 40078)
  await setList({ openid: [tester] })
  const code = await receive(client, card_id, tester)
  assert.equal((await client.ok('/card/code/get', { code }))['can_consume'], true)
  assertRefused(await claim(card_id, newOpenid()), 40078)
})

test('a tester receives a card that was refused', async () => {
  const card_id = await createCard(client)
  const args = ['card', 'refuse', card_id, '--reason', '图片不清', '--appid', merchant.appid]
  assert.equal((await runCli(args, { DATA_DIR: server.data_dir })).code, 0)
  const [tester] = openids(1)
  await setList({ openid: [tester] })
  await receive(client, card_id, tester)
  assertRefused(await claim(card_id, newOpenid()), 40078)
})

test('stock and get_limit hold for testers, and a deleted card is gone for them too', async () => {
  const [tester] = openids(1)
  await setList({ openid: [tester] })
  const once = await createCard(client, 'GROUPON', { get_limit: 1 })
  await receive(client, once, tester)
  assertRefused(await claim(once, tester!), 45033)
  const last = await createCard(client, 'GROUPON', { sku: { quantity: 1 } })
  await receive(client, last, tester)
  assertRefused(await claim(last, tester!), 45031)
  const deleted = await createCard(client)
  await client.ok('/card/delete', { card_id: deleted })
  assertRefused(await claim(deleted, tester!), 40078)
})

test('each list takes the place of the former one', async () => {
  const card_id = await createCard(client)
  const [first, second] = openids(2)
  await setList({ openid: [first] })
  await setList({ openid: [second] })
  assertRefused(await claim(card_id, first!), 40078)
  await receive(client, card_id, second)
  assert.equal((await setList({ username: ['abcd'] }))['white_list_size'], 1)
  assertRefused(await claim(card_id, second!), 40078)
})

test('ten may test, openids and usernames together; an eleventh is 40097 and leaves the former list', async () => {
  const card_id = await createCard(client)
  const [tester, ...nine] = openids(10)
  assert.equal((await setList({ openid: [tester, ...nine] }))['white_list_size'], 10)
  assertRefused(await setList({ openid: openids(11) }), 40097)
  assertRefused(await setList({ openid: openids(10), username: ['abcd'] }), 40097)
  await receive(client, card_id, tester)
  assert.equal((await setList({ openid: openids(6), username: ['a', 'b', 'c', 'd'] }))['white_list_size'], 10)
})

test('whoever is named twice counts once', async () => {
  const [tester] = openids(1)
  const answer = await setList({ openid: Array<unknown>(11).fill(tester) })
  assert.deepEqual([answer['white_list_size'], answer['success_openid']], [1, [tester]])
})

test('an empty list, or nothing at all, takes everyone off', async () => {
  const card_id = await createCard(client)
  for (const nothing of [{ openid: [], username: [] }, {}, { openid: null }]) {
    const [tester] = openids(1)
    await setList({ openid: [tester] })
    assert.deepEqual(await setList(nothing), {
      errcode: 0,
      errmsg: 'ok',
      white_list_size: 0,
      success_openid: [],
      success_username: [],
    })
    assertRefused(await claim(card_id, tester!), 40078)
  }
})

test('what is no openid is 40003 and leaves the former list', async () => {
  const card_id = await createCard(client)
  const [tester] = openids(1)
  await setList({ openid: [tester] })
  assertRefused(await setList({ openid: ['o two words'] }), 40003)
  await receive(client, card_id, tester)
})

test("a list is for its own merchant's cards", async () => {
  const other = await connect(server.url, await makeMerchant(server, '--review', 'manual'))
  const [tester] = openids(1)
  await setList({ openid: [tester] })
  const card_id = await createCard(other)
  assertRefused(await other.post('/wallet/receive', { card_id, openid: tester }), 40078)
})
