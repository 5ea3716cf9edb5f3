import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, lookUp, newOpenid, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, runCli, startServer } from '../support/server.ts'

/** Two merchants on one server never meet. */

const server = await startServer()
after(() => server.stop())
const [mine, other] = await Promise.all([makeMerchant(server), makeMerchant(server)])
const client = await connect(server.url, mine)
const stranger = await connect(server.url, other)

const openid = newOpenid()
const card_id = await createCard(client)
const custom_card_id = await createCard(client, 'GROUPON', { use_custom_code: true })
const code = await receive(client, card_id, openid)
await receive(client, custom_card_id, openid, { code: 'SHARED' })

test("another merchant's card is 40073 in every way", async () => {
  for (const [path, body] of Object.entries({
    '/card/get': { card_id },
    '/card/delete': { card_id },
    '/card/modifystock': { card_id, reduce_stock_value: 1 },
    '/wallet/receive': { card_id, openid },
    '/wallet/view': { card_id, openid },
  })) {
    assertRefused(await stranger.post(path, body), 40073)
  }
  const { status, sku } = (await getCard(client, card_id)).base_info
  assert.deepEqual({ status, sku }, { status: 'CARD_STATUS_VERIFY_OK', sku: { quantity: 99, total_quantity: 100 } })
})

test("another merchant's code is 40056 in every way", async () => {
  for (const path of ['/card/code/get', '/card/code/consume', '/card/code/unavailable']) {
    assertRefused(await stranger.post(path, { code }), 40056)
    assertRefused(await stranger.post(path, { code, card_id }), 40056)
    assertRefused(await stranger.post(path, { code: 'SHARED', card_id: custom_card_id }), 40056)
  }
  assert.equal((await lookUp(client, code))['user_card_status'], 'NORMAL')
})

test('lists show the own cards and codes only', async () => {
  const theirs = await createCard(stranger)
  const their_code = await receive(stranger, theirs, openid)
  const { card_id_list, total_num } = await stranger.ok('/card/batchget', { offset: 0, count: 50 })
  assert.deepEqual([card_id_list, total_num], [[theirs], 1])
  const { card_list } = await stranger.ok('/card/user/getcardlist', { openid })
  assert.deepEqual(card_list, [{ code: their_code, card_id: theirs }])
  const { card_list: of_mine } = await stranger.ok('/card/user/getcardlist', { openid, card_id })
  assert.deepEqual(of_mine, [])
})

test('two merchants may give out the same custom code', async () => {
  const theirs = await createCard(stranger, 'GROUPON', { use_custom_code: true })
  await receive(stranger, theirs, openid, { code: 'SHARED' })
  await stranger.ok('/card/code/consume', { code: 'SHARED', card_id: theirs })
  assert.equal((await lookUp(client, 'SHARED', custom_card_id))['user_card_status'], 'NORMAL')
})

test('limits of one merchant are not counted with those of another', async () => {
  const [own, theirs] = [
    await createCard(client, 'GROUPON', { get_limit: 1 }),
    await createCard(stranger, 'GROUPON', { get_limit: 1 }),
  ]
  await receive(client, own, openid)
  await receive(stranger, theirs, openid)
})

test('what both did is proved clean', async () => {
  const { code, stdout } = await runCli(['verify', '--json'], { DATA_DIR: server.data_dir })
  const { clean, differences } = JSON.parse(stdout) as { clean: boolean; differences: string[] }
  assert.deepEqual({ code, clean, differences }, { code: 0, clean: true, differences: [] })
})
