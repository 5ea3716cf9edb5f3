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

const term = (fixed_term: number, fixed_begin_term = 0): object => ({
  date_info: { type: 'DATE_TYPE_FIX_TERM', fixed_term, fixed_begin_term },
})

const codesOf = async (openid: string, card_id?: string | null): Promise<unknown> =>
  (await client.ok('/card/user/getcardlist', { openid, card_id }))['card_list']

test("a holder's codes are listed with their cards", async () => {
  const openid = newOpenid()
  const card_id = await createCard(client)
  const code = await receive(client, card_id, openid)
  assert.deepEqual(await client.ok('/card/user/getcardlist', { openid }), {
    errcode: 0,
    errmsg: 'ok',
    card_list: [{ code, card_id }],
    has_share_card: false,
  })
})

test('someone who holds nothing has an empty list', async () => {
  assert.deepEqual(await codesOf(newOpenid()), [])
})

test('with a card_id only the codes of that card are listed; null, "" and [] stand for none', async () => {
  const openid = newOpenid()
  const [one, other] = [await createCard(client), await createCard(client)]
  const first = { code: await receive(client, one, openid), card_id: one }
  const second = { code: await receive(client, other, openid), card_id: other }
  assert.deepEqual(await codesOf(openid, one), [first])
  assert.deepEqual(await codesOf(openid, other), [second])
  for (const nothing of [null, '', []]) {
    const { card_list } = await client.ok('/card/user/getcardlist', { openid, card_id: nothing })
    assert.deepEqual(new Set(card_list as object[]), new Set([first, second]))
  }
})

test('two codes of one card are both listed, and those of another holder are not', async () => {
  const openid = newOpenid()
  const card_id = await createCard(client)
  const codes = [await receive(client, card_id, openid), await receive(client, card_id, openid)]
  await receive(client, card_id)
  const listed = (await codesOf(openid)) as { code: string }[]
  assert.deepEqual(listed.map(({ code }) => code).sort(), codes.sort())
})

test('a code that is not valid yet is listed; one that is redeemed, unavailable or expired is not', async () => {
  const openid = newOpenid()
  const later = await createCard(client, 'GROUPON', term(5, 10))
  const later_code = await receive(client, later, openid)

  const today = await createCard(client, 'GROUPON', term(1))
  const [redeemed, cancelled, expiring] = [
    await receive(client, today, openid),
    await receive(client, today, openid),
    await receive(client, today, openid),
  ]
  assert.equal(((await codesOf(openid)) as []).length, 4)

  await client.ok('/card/code/consume', { code: redeemed })
  await client.ok('/card/code/unavailable', { code: cancelled })
  assert.deepEqual(await codesOf(openid, today), [{ code: expiring, card_id: today }])

  await client.ok('/sandbox/clock', { advance: 2 * DAY_S })
  assert.deepEqual(await codesOf(openid), [{ code: later_code, card_id: later }])
})

test('the codes of a deleted card stay in the list', async () => {
  const openid = newOpenid()
  const card_id = await createCard(client)
  const code = await receive(client, card_id, openid)
  await client.ok('/card/delete', { card_id })
  assert.deepEqual(await codesOf(openid), [{ code, card_id }])
})

test('no openid, or one that cannot be, is 40003', async () => {
  for (const openid of [undefined, null, '', 'o'.repeat(65), 'o a', '中文']) {
    assertRefused(await client.post('/card/user/getcardlist', { openid }), 40003)
  }
})

test('an openid may have 64 bytes', async () => {
  const openid = 'o'.repeat(64)
  const card_id = await createCard(client)
  const code = await receive(client, card_id, openid)
  assert.deepEqual(await codesOf(openid), [{ code, card_id }])
})
