import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { makeMerchant, runCli, startServer } from '../support/server.ts'
import { DAY_S } from '../support/shanghai.ts'
import { assertClean } from '../support/verify.ts'

const server = await startServer()
after(() => server.stop())
const merchant = await makeMerchant(server, '--sandbox')
const client = await connect(server.url, merchant)

async function statistics(...args: string[]): Promise<Record<string, unknown>[]> {
  const settings = { DATA_DIR: server.data_dir }
  const { code, stdout, stderr } = await runCli(['statistics', ...args, '--appid', merchant.appid, '--json'], settings)
  assert.equal(code, 0, stderr)
  return (JSON.parse(stdout) as { list: Record<string, unknown>[] }).list
}

const NOTHING = { viewed: 0, received: 0, redeemed: 0, gifted: 0, expired: 0 }

test('a funnel tells by channel what became of a card, a redemption under the channel of its receipt', async () => {
  const card_id = await createCard(client)
  const poster = { outer_str: 'poster' }
  await client.ok('/wallet/view', { card_id, openid: 'a', ...poster })
  await client.ok('/wallet/view', { card_id, openid: 'b' })
  const codes = [await receive(client, card_id, 'a', poster), await receive(client, card_id, 'a', poster)]
  const { gift_ticket } = await client.ok('/wallet/gift', { code: codes[0], openid: 'a' })
  const given = await client.ok('/wallet/gift/accept', { gift_ticket, openid: 'c' })
  await client.ok('/card/code/consume', { code: given['code'] })
  assert.deepEqual(await statistics('funnel', card_id), [
    { name: 'poster', ...NOTHING, viewed: 1, received: 2, redeemed: 1, gifted: 1 },
    { name: '', ...NOTHING, viewed: 1 },
  ])
})

test('or by the shop and the cashier that redeemed', async () => {
  const card_id = await createCard(client)
  for (const where of [{ location_id: 12, staff_openid: 'li' }, { location_id: 12, staff_openid: 'wang' }, {}]) {
    await client.ok('/card/code/consume', { code: await receive(client, card_id), ...where })
  }
  assert.deepEqual(await statistics('funnel', card_id, '--by', 'shop'), [{ name: '12', ...NOTHING, redeemed: 2 }])
  assert.deepEqual(await statistics('funnel', card_id, '--by', 'cashier'), [
    { name: 'li', ...NOTHING, redeemed: 1 },
    { name: 'wang', ...NOTHING, redeemed: 1 },
  ])
})

test('what is out is told by card and month, and cash coupons by what they take off', async () => {
  const { now } = await client.ok('/sandbox/clock', { advance: 0 })
  const end = Number(now) + 40 * DAY_S
  const month = new Date((end + 8 * 3600) * 1000).toISOString().slice(0, 7)
  const date_info = { type: 'DATE_TYPE_FIX_TIME_RANGE', begin_timestamp: Number(now), end_timestamp: end }
  const card_id = await createCard(client, 'CASH', { date_info }, { reduce_cost: 2000 })
  const codes = await Promise.all(['a', 'b', 'c', 'd'].map((openid) => receive(client, card_id, openid)))
  await client.ok('/card/code/consume', { code: codes[0] })
  await client.ok('/wallet/delete', { code: codes[1], openid: 'b' })
  await client.ok('/wallet/gift', { code: codes[2], openid: 'c' })
  const of = async () => (await statistics('outstanding')).filter((row) => row['card_id'] === card_id)
  assert.deepEqual(await of(), [{ card_id, title: '双人套餐', month, codes: 2, value_fen: 4000 }])
  await client.ok('/sandbox/clock', { advance: 41 * DAY_S })
  assert.deepEqual(await of(), [], 'what is over is worth nothing')
})

test('after all that, the facts and the tables agree', () => assertClean(server))
