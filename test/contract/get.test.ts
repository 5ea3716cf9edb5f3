import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server))

test('a card is shown under its type in lower case, with base_info and advanced_info', async () => {
  const card_id = await createCard(client, 'GROUPON')
  const answer = await client.ok('/card/get', { card_id })
  assert.deepEqual(Object.keys(answer), ['errcode', 'errmsg', 'card'])
  const card = answer['card'] as { groupon: object }
  assert.deepEqual(Object.keys(card), ['card_type', 'groupon'])
  assert.deepEqual(Object.keys(card.groupon).sort(), ['advanced_info', 'base_info', 'deal_detail'])
})

test('base_info carries the id, the state as a word, the stock and the times of the card', async () => {
  const before = Math.floor(Date.now() / 1000)
  const card_id = await createCard(client)
  const { base_info } = await getCard(client, card_id)
  assert.equal(base_info.id, card_id)
  assert.equal(base_info.status, 'CARD_STATUS_VERIFY_OK')
  assert.deepEqual(base_info.sku, { quantity: 100, total_quantity: 100 })
  for (const time of [base_info['create_time'], base_info['update_time']]) {
    assert.ok(Number.isInteger(time) && Number(time) >= before && Number(time) <= before + 60, String(time))
  }
})

test('a field that was not given is absent, and a list that was not given is empty', async () => {
  const { base_info, advanced_info } = await getCard(client, await createCard(client))
  for (const name of [
    'sub_title',
    'use_custom_code',
    'bind_openid',
    'can_share',
    'can_give_friend',
    'get_limit',
    'use_limit',
    'service_phone',
    'custom_url',
  ]) {
    assert.ok(!(name in base_info), name)
  }
  assert.deepEqual(base_info['location_id_list'], [])
  assert.deepEqual(base_info['area_code_list'], [])
  assert.deepEqual(advanced_info, {
    time_limit: [],
    text_image_list: [],
    business_service: [],
    consume_share_card_list: [],
    share_friends: false,
  })
})

test('timestamps and shop numbers are shown as numbers, whatever they were sent as', async () => {
  const now = Math.floor(Date.now() / 1000)
  const date_info = {
    type: 'DATE_TYPE_FIX_TIME_RANGE',
    begin_timestamp: String(now),
    end_timestamp: String(now + 1000),
  }
  const card_id = await createCard(client, 'GROUPON', { date_info, location_id_list: ['7'] })
  const { base_info } = await getCard(client, card_id)
  assert.deepEqual(base_info['date_info'], { ...date_info, begin_timestamp: now, end_timestamp: now + 1000 })
  assert.deepEqual(base_info['location_id_list'], [7])
})

test('the stock shown is what is left of what was offered', async () => {
  const card_id = await createCard(client, 'GROUPON', { sku: { quantity: 5 } })
  await receive(client, card_id)
  await receive(client, card_id)
  assert.deepEqual((await getCard(client, card_id)).base_info.sku, { quantity: 3, total_quantity: 5 })
})

test('a card that nobody made is 40073, and no card_id is 41012', async () => {
  for (const card_id of ['pFS7Fjg8kV1IdDz01r4SQwMkuCKc', 'x', '中文', "' or 1=1 --"]) {
    assertRefused(await client.post('/card/get', { card_id }), 40073)
  }
  for (const card_id of [undefined, null, '']) {
    assertRefused(await client.post('/card/get', { card_id }), 41012)
  }
})
