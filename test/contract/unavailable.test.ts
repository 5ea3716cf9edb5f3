import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, lookUp, newOpenid, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server))

const makeUnavailable = (body: object) => client.post('/card/code/unavailable', body)
const statusOf = async (code: string, card_id?: string) => (await lookUp(client, code, card_id))['user_card_status']

const card_id = await createCard(client)

test('a code is made unavailable with its card_id or without', async () => {
  for (const given of [card_id, undefined, null, '']) {
    const code = await receive(client, card_id)
    assert.deepEqual(await makeUnavailable({ code, card_id: given }), { errcode: 0, errmsg: 'ok' })
    assert.equal(await statusOf(code), 'UNAVAILABLE')
  }
})

test('a reason may be given', async () => {
  const code = await receive(client, card_id)
  await client.ok('/card/code/unavailable', { code, reason: '退款' })
  assert.equal(await statusOf(code), 'UNAVAILABLE')
})

test('an unavailable code can not be redeemed any more', async () => {
  const code = await receive(client, card_id)
  await client.ok('/card/code/unavailable', { code })
  assertRefused(await client.post('/card/code/consume', { code }), 40127)
  assert.equal(await statusOf(code), 'UNAVAILABLE')
})

test('a code that is unavailable already is 40127', async () => {
  const code = await receive(client, card_id)
  await client.ok('/card/code/unavailable', { code })
  assertRefused(await makeUnavailable({ code }), 40127)
})

test('a redeemed code is 40099 and stays redeemed', async () => {
  const code = await receive(client, card_id)
  await client.ok('/card/code/consume', { code })
  assertRefused(await makeUnavailable({ code }), 40099)
  assert.equal(await statusOf(code), 'CONSUMED')
})

test('a custom code is found only together with its card_id', async () => {
  const custom = await createCard(client, 'GROUPON', { use_custom_code: true })
  const code = await receive(client, custom, newOpenid(), { code: 'REFUND-1' })
  assertRefused(await makeUnavailable({ code }), 40056)
  assert.equal(await statusOf(code, custom), 'NORMAL')
  assert.equal((await makeUnavailable({ code, card_id: custom })).errcode, 0)
  assert.equal(await statusOf(code, custom), 'UNAVAILABLE')
})

test('a code that nobody received, or of another card, is 40056, and no code is 41013', async () => {
  const code = await receive(client, card_id)
  assertRefused(await makeUnavailable({ code: '110201201245', card_id }), 40056)
  assertRefused(await makeUnavailable({ code, card_id: await createCard(client) }), 40056)
  assertRefused(await makeUnavailable({ card_id }), 41013)
  assert.equal(await statusOf(code), 'NORMAL')
})
