import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, newOpenid, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server))

const cardOf = (quantity: number, more: object = {}) => createCard(client, 'GROUPON', { sku: { quantity }, ...more })
const stockOf = async (card_id: string) => (await getCard(client, card_id)).base_info.sku
const modify = (body: object) => client.post('/card/modifystock', body)
const receiveOne = (card_id: string, openid = newOpenid()) => client.post('/wallet/receive', { card_id, openid })

test('a receipt takes one from what is left and nothing from what was offered', async () => {
  const card_id = await cardOf(3)
  await receive(client, card_id)
  assert.deepEqual(await stockOf(card_id), { quantity: 2, total_quantity: 3 })
})

test('when nothing is left a receipt is 45031, until there is more', async () => {
  const card_id = await cardOf(1)
  await receive(client, card_id)
  assertRefused(await receiveOne(card_id), 45031)
  await client.ok('/card/modifystock', { card_id, increase_stock_value: 1 })
  await receive(client, card_id)
  assertRefused(await receiveOne(card_id), 45031)
})

test('codes that are redeemed or made unavailable do not come back into the stock', async () => {
  const card_id = await cardOf(2)
  await client.ok('/card/code/consume', { code: await receive(client, card_id) })
  await client.ok('/card/code/unavailable', { code: await receive(client, card_id) })
  assert.deepEqual(await stockOf(card_id), { quantity: 0, total_quantity: 2 })
})

test('a holder receives get_limit codes, another is 45033; the next holder receives his own', async () => {
  const card_id = await cardOf(100, { get_limit: 2 })
  const openid = newOpenid()
  await receive(client, card_id, openid)
  await client.ok('/card/code/consume', { code: await receive(client, card_id, openid) })
  assertRefused(await receiveOne(card_id, openid), 45033)
  await receive(client, card_id)
  assert.deepEqual(await stockOf(card_id), { quantity: 97, total_quantity: 100 })
})

for (const [what, base_info] of [
  ['nothing', {}],
  ['0', { get_limit: 0 }],
] as const) {
  test(`get_limit is 50 where the card says ${what}`, async () => {
    const card_id = await cardOf(100, base_info)
    const openid = newOpenid()
    const answers = await Promise.all(Array.from({ length: 55 }, () => receiveOne(card_id, openid)))
    assert.equal(answers.filter(({ errcode }) => errcode === 0).length, 50)
    assert.equal(answers.filter(({ errcode }) => errcode === 45033).length, 5)
  })
}

test('an increase and a reduction change what is left and what was offered alike', async () => {
  const card_id = await cardOf(10)
  await receive(client, card_id)
  assert.deepEqual(await modify({ card_id, increase_stock_value: 5 }), { errcode: 0, errmsg: 'ok' })
  assert.deepEqual(await stockOf(card_id), { quantity: 14, total_quantity: 15 })
  assert.deepEqual(await modify({ card_id, reduce_stock_value: 4 }), { errcode: 0, errmsg: 'ok' })
  assert.deepEqual(await stockOf(card_id), { quantity: 10, total_quantity: 11 })
})

test('an increase and a reduction in one request make one change', async () => {
  const card_id = await cardOf(10)
  await client.ok('/card/modifystock', { card_id, increase_stock_value: 7, reduce_stock_value: 2 })
  assert.deepEqual(await stockOf(card_id), { quantity: 15, total_quantity: 15 })
  await client.ok('/card/modifystock', { card_id, increase_stock_value: 1_231_231, reduce_stock_value: 1_231_231 })
  assert.deepEqual(await stockOf(card_id), { quantity: 15, total_quantity: 15 })
  await client.ok('/card/modifystock', { card_id, increase_stock_value: 100_000_000, reduce_stock_value: 100_000_010 })
  assert.deepEqual(await stockOf(card_id), { quantity: 5, total_quantity: 5 })
})

test('values that are absent, 0, null or "" change nothing, and texts of digits count', async () => {
  const card_id = await cardOf(10)
  for (const nothing of [undefined, 0, '0', null, '']) {
    await client.ok('/card/modifystock', { card_id, increase_stock_value: nothing, reduce_stock_value: nothing })
    await client.ok('/card/modifystock', { card_id, increase_stock_value: '1', reduce_stock_value: nothing })
  }
  assert.deepEqual(await stockOf(card_id), { quantity: 15, total_quantity: 15 })
})

test('a stock can be reduced to 0 and not below: that is 40122', async () => {
  const card_id = await cardOf(3)
  await receive(client, card_id)
  assertRefused(await modify({ card_id, reduce_stock_value: 3 }), 40122)
  assert.deepEqual(await stockOf(card_id), { quantity: 2, total_quantity: 3 })
  await client.ok('/card/modifystock', { card_id, reduce_stock_value: 2 })
  assert.deepEqual(await stockOf(card_id), { quantity: 0, total_quantity: 1 })
})

test('what was ever offered comes to 100000000 at most: beyond that is 40122', async () => {
  const card_id = await cardOf(99_999_999)
  await receive(client, card_id)
  await client.ok('/card/modifystock', { card_id, increase_stock_value: 1 })
  assert.deepEqual(await stockOf(card_id), { quantity: 99_999_999, total_quantity: 100_000_000 })
  assertRefused(await modify({ card_id, increase_stock_value: 1 }), 40122)
  assertRefused(await modify({ card_id, increase_stock_value: 9e15 }), 40122)
  assert.deepEqual(await stockOf(card_id), { quantity: 99_999_999, total_quantity: 100_000_000 })
})

test('a value below 0 is 40122', async () => {
  const card_id = await cardOf(10)
  assertRefused(await modify({ card_id, increase_stock_value: -1 }), 40122)
  assertRefused(await modify({ card_id, reduce_stock_value: '-1' }), 40122)
  assert.deepEqual(await stockOf(card_id), { quantity: 10, total_quantity: 10 })
})

test('the stock of deposited codes cannot exceed them: 40136', async () => {
  const deposit = { use_custom_code: true, get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT' }
  const card_id = await cardOf(0, deposit)
  assertRefused(await modify({ card_id, increase_stock_value: 1 }), 40136)
  await client.ok('/card/modifystock', { card_id, increase_stock_value: 0 })
})

test('the stock of a card that nobody made is 40073, of a deleted one 40078, of none 41012', async () => {
  const card_id = await cardOf(10)
  await client.ok('/card/delete', { card_id })
  assertRefused(await modify({ card_id, increase_stock_value: 1 }), 40078)
  assertRefused(await modify({ card_id: 'pFS7Fjg8kV1IdDz01r4SQwMkuCKc', increase_stock_value: 1 }), 40073)
  assertRefused(await modify({ increase_stock_value: 1 }), 41012)
})

test('of many who receive the last ten together ten get one', async () => {
  const card_id = await cardOf(10)
  const answers = await Promise.all(Array.from({ length: 24 }, () => receiveOne(card_id)))
  assert.equal(new Set(answers.filter(({ errcode }) => errcode === 0).map(({ code }) => code)).size, 10)
  assert.equal(answers.filter(({ errcode }) => errcode === 45031).length, 14)
  assert.deepEqual(await stockOf(card_id), { quantity: 0, total_quantity: 10 })
})
