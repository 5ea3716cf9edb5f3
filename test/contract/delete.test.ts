import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, lookUp, newOpenid, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server))

test('a deleted card is shown as CARD_STATUS_DELETE', async () => {
  const card_id = await createCard(client)
  assert.deepEqual(await client.post('/card/delete', { card_id }), { errcode: 0, errmsg: 'ok' })
  assert.equal((await getCard(client, card_id)).base_info.status, 'CARD_STATUS_DELETE')
})

test('a deleted card can neither be received nor viewed: 40078', async () => {
  const card_id = await createCard(client)
  await client.ok('/card/delete', { card_id })
  assertRefused(await client.post('/wallet/receive', { card_id, openid: newOpenid() }), 40078)
  assertRefused(await client.post('/wallet/view', { card_id, openid: newOpenid() }), 40078)
})

test('codes that were received before stay as good as they were', async () => {
  const card_id = await createCard(client)
  const openid = newOpenid()
  const code = await receive(client, card_id, openid)
  await client.ok('/card/delete', { card_id })

  const { user_card_status, can_consume } = await client.ok('/card/code/get', { code })
  assert.deepEqual({ user_card_status, can_consume }, { user_card_status: 'NORMAL', can_consume: true })
  assert.deepEqual(await client.ok('/card/code/consume', { code }), {
    errcode: 0,
    errmsg: 'ok',
    card: { card_id },
    openid,
  })
})

test('a code of a deleted card can still be made unavailable', async () => {
  const card_id = await createCard(client)
  const code = await receive(client, card_id)
  await client.ok('/card/delete', { card_id })
  await client.ok('/card/code/unavailable', { code })
  assert.equal((await lookUp(client, code))['user_card_status'], 'UNAVAILABLE')
})

for (const card_type of ['MEMBER_CARD', 'BOARDING_PASS', 'BUS_TICKET']) {
  test(`a ${card_type} can be deleted`, async () => {
    await client.ok('/card/delete', { card_id: await createCard(client, card_type) })
  })
}

test('a card is deleted once: again it is 40078', async () => {
  const card_id = await createCard(client)
  await client.ok('/card/delete', { card_id })
  assertRefused(await client.post('/card/delete', { card_id }), 40078)
})

test('a card that nobody made is 40073, and no card_id is 41012', async () => {
  assertRefused(await client.post('/card/delete', { card_id: 'pFS7Fjg8kV1IdDz01r4SQwMkuCKc' }), 40073)
  assertRefused(await client.post('/card/delete', {}), 41012)
  assertRefused(await client.post('/card/delete', { card_id: '' }), 41012)
})
