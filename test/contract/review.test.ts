import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, newOpenid, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, runCli, startServer } from '../support/server.ts'

const server = await startServer()
after(() => server.stop())
const merchant = await makeMerchant(server, '--review', 'manual')
const client = await connect(server.url, merchant)

const card = (...args: string[]) => runCli(['card', ...args], { DATA_DIR: server.data_dir })
const statusOf = async (card_id: string) => (await getCard(client, card_id)).base_info.status

test('where review is by hand a new card waits, and nobody can receive it: 40078', async () => {
  const card_id = await createCard(client)
  assert.equal(await statusOf(card_id), 'CARD_STATUS_NOT_VERIFY')
  assertRefused(await client.post('/wallet/receive', { card_id, openid: newOpenid() }), 40078)
})

test('an approved card can be received; approving it again is refused', async () => {
  const card_id = await createCard(client)
  assert.equal((await card('approve', card_id, '--appid', merchant.appid)).code, 0)
  assert.equal(await statusOf(card_id), 'CARD_STATUS_VERIFY_OK')
  await receive(client, card_id)
  assert.notEqual((await card('approve', card_id)).code, 0)
  assert.equal(await statusOf(card_id), 'CARD_STATUS_VERIFY_OK')
})

test('a refused card is CARD_STATUS_VERIFY_FAIL, and nobody can receive it', async () => {
  const card_id = await createCard(client)
  assert.equal((await card('refuse', card_id, '--reason', '图片不清')).code, 0)
  assert.equal(await statusOf(card_id), 'CARD_STATUS_VERIFY_FAIL')
  assertRefused(await client.post('/wallet/receive', { card_id, openid: newOpenid() }), 40078)
})

test('refusing needs a reason', async () => {
  const card_id = await createCard(client)
  assert.notEqual((await card('refuse', card_id)).code, 0)
  assert.equal(await statusOf(card_id), 'CARD_STATUS_NOT_VERIFY')
})

test('a card that waits can be deleted, and then not be approved', async () => {
  const card_id = await createCard(client)
  await client.ok('/card/delete', { card_id })
  const { code, stdout } = await card('approve', card_id, '--json')
  assert.notEqual(code, 0)
  assert.equal((JSON.parse(stdout) as { errcode: number }).errcode, 40078)
  assert.equal(await statusOf(card_id), 'CARD_STATUS_DELETE')
})
