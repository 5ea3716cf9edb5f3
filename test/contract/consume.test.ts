import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, lookUp, newOpenid, receive } from '../support/acts.ts'
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

const consume = (code: string, card_id?: string | null) => client.post('/card/code/consume', { code, card_id })

const card_id = await createCard(client)

test('a redeemed code answers its card and its holder', async () => {
  const openid = newOpenid()
  const code = await receive(client, card_id, openid)
  assert.deepEqual(await consume(code), { errcode: 0, errmsg: 'ok', card: { card_id }, openid })
  assert.equal((await lookUp(client, code))['user_card_status'], 'CONSUMED')
})

test('a code that was redeemed before is 40099, and the answer names the card and the code', async () => {
  const code = await receive(client, card_id)
  await client.ok('/card/code/consume', { code })
  for (const given of [undefined, card_id]) {
    const again = await consume(code, given)
    assertRefused(again, 40099)
    assert.deepEqual([again['_card'], again['_code']], [card_id, code])
  }
})

test('a code that nobody received, or of another card, is 40056', async () => {
  const code = await receive(client, card_id)
  assertRefused(await consume('110201201245'), 40056)
  assertRefused(await consume(code, await createCard(client)), 40056)
  assert.equal((await lookUp(client, code))['user_card_status'], 'NORMAL')
})

test('a card_id that is "" or null is as if it were absent', async () => {
  for (const nothing of ['', null]) {
    assert.equal((await consume(await receive(client, card_id), nothing)).errcode, 0)
  }
})

test('an unavailable code is 40127', async () => {
  const code = await receive(client, card_id)
  await client.ok('/card/code/unavailable', { code })
  assertRefused(await consume(code), 40127)
})

test('an expired code is 40127', async () => {
  const code = await receive(client, await createCard(client, 'GROUPON', term(1)))
  await client.ok('/sandbox/clock', { advance: 2 * DAY_S })
  assertRefused(await consume(code), 40127)
})

test('a code that is not valid yet is 40147, and can be redeemed once it is', async () => {
  const code = await receive(client, await createCard(client, 'GROUPON', term(5, 3)))
  assertRefused(await consume(code), 40147)
  await client.ok('/sandbox/clock', { advance: 3 * DAY_S })
  assert.equal((await consume(code)).errcode, 0)
})

test('a holder who has redeemed use_limit codes of a card is 40147, and another holder is not', async () => {
  const limited = await createCard(client, 'GROUPON', { use_limit: 2, get_limit: 5 })
  const [one, other] = [newOpenid(), newOpenid()]
  await client.ok('/card/code/consume', { code: await receive(client, limited, one) })
  await client.ok('/card/code/consume', { code: await receive(client, limited, one) })
  assertRefused(await consume(await receive(client, limited, one)), 40147)
  assert.equal((await consume(await receive(client, limited, other))).errcode, 0)
})

test('use_limit is counted for each card alone', async () => {
  const [one, other] = [
    await createCard(client, 'GROUPON', { use_limit: 1 }),
    await createCard(client, 'GROUPON', { use_limit: 1 }),
  ]
  const openid = newOpenid()
  await client.ok('/card/code/consume', { code: await receive(client, one, openid) })
  await client.ok('/card/code/consume', { code: await receive(client, other, openid) })
})

test('use_limit is 50 where the card says nothing', async () => {
  const unsaid = await createCard(client, 'GROUPON', { get_limit: 60 })
  const openid = newOpenid()
  const codes = await Promise.all(Array.from({ length: 51 }, () => receive(client, unsaid, openid)))
  const last = codes.pop()!
  await Promise.all(codes.map((code) => client.ok('/card/code/consume', { code })))
  assertRefused(await consume(last), 40147)
})

test('a holder of a hundred codes is held to both limits, and told so', async () => {
  const popular = await createCard(client, 'GROUPON', { get_limit: 100, use_limit: 90, sku: { quantity: 1000 } })
  const openid = newOpenid()
  const codes = await Promise.all(Array.from({ length: 100 }, () => receive(client, popular, openid)))
  assertRefused(await client.post('/wallet/receive', { card_id: popular, openid }), 45033)
  const last = codes.pop()!
  await Promise.all(codes.slice(0, 89).map((code) => client.ok('/card/code/consume', { code })))
  assert.equal((await lookUp(client, last))['can_consume'], true)
  assert.equal((await consume(codes[89]!)).errcode, 0)
  assert.equal((await lookUp(client, last))['can_consume'], false)
  assertRefused(await consume(last), 40147)
})

test('a custom code is redeemed with its card_id, and without it is 40056', async () => {
  const custom = await createCard(client, 'GROUPON', { use_custom_code: true })
  const openid = newOpenid()
  const code = await receive(client, custom, openid, { code: 'SUMMER-0001' })
  assertRefused(await consume(code), 40056)
  assert.deepEqual(await consume(code, custom), { errcode: 0, errmsg: 'ok', card: { card_id: custom }, openid })
  const again = await consume(code, custom)
  assertRefused(again, 40099)
  assert.deepEqual([again['_card'], again['_code']], [custom, code])
})

test('of many tills that redeem one code together one is told that it did', async () => {
  const code = await receive(client, card_id)
  const answers = await Promise.all(Array.from({ length: 16 }, () => consume(code)))
  const errcodes = answers.map(({ errcode }) => errcode).sort((a, b) => a - b)
  assert.deepEqual(errcodes, [0, ...Array.from({ length: 15 }, () => 40099)])
})

test('no code is 41013', async () => {
  for (const code of [undefined, null, '']) {
    assertRefused(await client.post('/card/code/consume', { code, card_id }), 41013)
  }
})
