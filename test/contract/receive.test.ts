import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, lookUp, newOpenid, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server, '--sandbox'))

const card_id = await createCard(client)
const custom_card_id = await createCard(client, 'GROUPON', { use_custom_code: true })

const ask = (body: object) => client.post('/wallet/receive', { card_id, openid: newOpenid(), ...body })

test('a receipt answers the code, its holder and its validity', async () => {
  const openid = newOpenid()
  const { code, ...answer } = await client.ok('/wallet/receive', { card_id, openid })
  const { begin_timestamp, end_timestamp } = (await getCard(client, card_id)).base_info['date_info'] as Record<
    string,
    number
  >
  assert.deepEqual(answer, {
    errcode: 0,
    errmsg: 'ok',
    card_id,
    openid,
    begin_time: begin_timestamp,
    end_time: end_timestamp,
  })
  assert.match(String(code), /^\d{12}$/)
})

test('generated codes have twelve digits and differ', async () => {
  const large = await createCard(client, 'GROUPON', { sku: { quantity: 500 } })
  const codes = await Promise.all(Array.from({ length: 300 }, () => receive(client, large)))
  assert.equal(new Set(codes).size, 300)
  assert.deepEqual(
    codes.filter((code) => !/^\d{12}$/.test(code)),
    [],
  )
})

test('a card that nobody made is 40073, and no card_id is 41012', async () => {
  assertRefused(await ask({ card_id: 'pFS7Fjg8kV1IdDz01r4SQwMkuCKc' }), 40073)
  assertRefused(await ask({ card_id: undefined }), 41012)
})

test('no openid, or one that cannot be, is 40003', async () => {
  for (const openid of [undefined, null, '', 'o'.repeat(65), 'o a', '中文', 'o\n']) {
    assertRefused(await ask({ openid }), 40003)
  }
})

test('a card whose range is over is 40078', async () => {
  const now = Math.floor(Date.now() / 1000)
  const date_info = { type: 'DATE_TYPE_FIX_TIME_RANGE', begin_timestamp: now - 10, end_timestamp: now + 1000 }
  const short = await createCard(client, 'GROUPON', { date_info })
  await receive(client, short)
  await client.ok('/sandbox/clock', { advance: 2000 })
  assertRefused(await ask({ card_id: short }), 40078)
})

test('a card whose range has not begun can be received beforehand', async () => {
  const now = Math.floor(Date.now() / 1000)
  const date_info = { type: 'DATE_TYPE_FIX_TIME_RANGE', begin_timestamp: now + 10_000, end_timestamp: now + 20_000 }
  const code = await receive(client, await createCard(client, 'GROUPON', { date_info }))
  assert.equal((await lookUp(client, code))['can_consume'], false)
})

test('the holder of a card with custom codes brings the code: none is 41013, one given out before 40111', async () => {
  assertRefused(await ask({ card_id: custom_card_id }), 41013)
  assert.equal(await receive(client, custom_card_id, newOpenid(), { code: 'VIP-0001' }), 'VIP-0001')
  assertRefused(await ask({ card_id: custom_card_id, code: 'VIP-0001' }), 40111)
})

test('a custom code stays taken after it was redeemed', async () => {
  await receive(client, custom_card_id, newOpenid(), { code: 'VIP-0002' })
  await client.ok('/card/code/consume', { code: 'VIP-0002', card_id: custom_card_id })
  assertRefused(await ask({ card_id: custom_card_id, code: 'VIP-0002' }), 40111)
})

test('a refused custom code takes nothing from the stock', async () => {
  const before = (await getCard(client, custom_card_id)).base_info.sku
  await receive(client, custom_card_id, newOpenid(), { code: 'VIP-0003' })
  assertRefused(await ask({ card_id: custom_card_id, code: 'VIP-0003' }), 40111)
  const { quantity, total_quantity } = (await getCard(client, custom_card_id)).base_info.sku
  assert.deepEqual({ quantity: quantity + 1, total_quantity }, before)
})

test('a custom code may have 20 bytes of any language, and not one more', async () => {
  for (const code of ['x'.repeat(20), '海'.repeat(6) + '12']) {
    assert.equal(await receive(client, custom_card_id, newOpenid(), { code }), code)
    assert.equal((await lookUp(client, code, custom_card_id))['user_card_status'], 'NORMAL')
  }
  assertRefused(await ask({ card_id: custom_card_id, code: 'x'.repeat(21) }), 45021)
})

test('a custom code with blanks or control characters is 40116: no scanner reads it back', async () => {
  for (const code of [' 1', '1 ', '1\n', '1\t2', '\u007F1']) {
    assertRefused(await ask({ card_id: custom_card_id, code }), 40116)
  }
})

test('a code for a card whose codes are generated is 40116', async () => {
  assertRefused(await ask({ code: '110201201245' }), 40116)
})

test('a card with deposited codes has none to give before any is deposited: 45031', async () => {
  const deposit = { use_custom_code: true, get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT' }
  const deposited = await createCard(client, 'GROUPON', { ...deposit, sku: { quantity: 0 } })
  assertRefused(await ask({ card_id: deposited }), 45031)
})

test('a ticket of a QR code that is none is 40080', async () => {
  assertRefused(await ask({ ticket: 'gQH_7zwAAAAAAAAAASxodHRwOi8' }), 40080)
})

test('a channel may have 128 bytes, and not one more', async () => {
  const outer_str = '海'.repeat(42) + 'ab'
  const { code } = await client.ok('/wallet/receive', { card_id, openid: newOpenid(), outer_str })
  assert.equal((await lookUp(client, String(code)))['outer_str'], outer_str)
  assertRefused(await ask({ outer_str: `${outer_str}c` }), 45021)
})

test('members of no meaning here, and those that are null or "", are passed over', async () => {
  const answer = await ask({ code: '', ticket: null, outer_str: '', fresh_codes: ['1'], now: 0, begin_time: 1 })
  assert.equal(answer.errcode, 0, answer.errmsg)
  assert.match(String(answer['code']), /^\d{12}$/)
})

test('a card that may go to named holders only goes to the one the merchant names', async () => {
  const openid = newOpenid()
  const code = await receive(client, await createCard(client, 'GROUPON', { bind_openid: true }), openid)
  assert.equal((await lookUp(client, code))['openid'], openid)
})
