import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, newOpenid, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { DAY_S } from '../support/shanghai.ts'

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server, '--sandbox'))

const view = (body: object) => client.post('/wallet/view', body)

test("a holder sees the card's face as card/get shows it", async () => {
  const card_id = await createCard(client)
  const { card } = await client.ok('/card/get', { card_id })
  assert.deepEqual(await view({ card_id, openid: newOpenid() }), { errcode: 0, errmsg: 'ok', card })
})

test('a holder who names his code sees its state and validity too', async () => {
  const openid = newOpenid()
  const date_info = { type: 'DATE_TYPE_FIX_TERM', fixed_term: 1, fixed_begin_term: 0 }
  const card_id = await createCard(client, 'GROUPON', { date_info })
  const { code, begin_time, end_time } = await client.ok('/wallet/receive', { card_id, openid })
  const { card } = await client.ok('/card/get', { card_id })

  const seen = { errcode: 0, errmsg: 'ok', card, code, begin_time, end_time }
  assert.deepEqual(await view({ card_id, openid, code }), { ...seen, user_card_status: 'NORMAL' })
  await client.ok('/sandbox/clock', { advance: 2 * DAY_S })
  assert.deepEqual(await view({ card_id, openid, code }), { ...seen, user_card_status: 'EXPIRE' })
})

test('a code of someone else, or of another card, or that nobody holds, is 40056', async () => {
  const openid = newOpenid()
  const [card_id, other] = [await createCard(client), await createCard(client)]
  const code = await receive(client, card_id, openid)
  assertRefused(await view({ card_id, openid: newOpenid(), code }), 40056)
  assertRefused(await view({ card_id: other, openid, code }), 40056)
  assertRefused(await view({ card_id, openid, code: '110201201245' }), 40056)
})

test('looking changes neither the stock nor the code', async () => {
  const openid = newOpenid()
  const card_id = await createCard(client)
  const code = await receive(client, card_id, openid)
  const before = await client.ok('/card/get', { card_id })
  await client.ok('/wallet/view', { card_id, openid, code, outer_str: '海报' })
  assert.deepEqual(await client.ok('/card/get', { card_id }), before)
  assert.equal((await client.ok('/card/code/get', { code }))['outer_str'], undefined)
})

test('a card that nobody made is 40073, a deleted one 40078, no card_id 41012, no openid 40003', async () => {
  const openid = newOpenid()
  const card_id = await createCard(client)
  assertRefused(await view({ card_id: 'pFS7Fjg8kV1IdDz01r4SQwMkuCKc', openid }), 40073)
  assertRefused(await view({ openid }), 41012)
  assertRefused(await view({ card_id }), 40003)
  await client.ok('/card/delete', { card_id })
  assertRefused(await view({ card_id, openid }), 40078)
})
