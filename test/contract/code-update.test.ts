import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, lookUp, newOpenid, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { codesOf, newCustomCode, take, takeCustom, type InHand } from '../support/hand.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { showCode, storyOf } from '../support/show-code.ts'
import { assertClean } from '../support/verify.ts'

const server = await startServer()
after(() => server.stop())
const merchant = await makeMerchant(server)
const client = await connect(server.url, merchant)

const card_id = await createCard(client, 'GROUPON', { use_custom_code: true })

const update = ({ code, card_id }: InHand, names: object) =>
  client.post('/card/code/update', { code, card_id, ...names })

const isThere = async (code: string, of = card_id): Promise<boolean> =>
  (await client.post('/card/code/get', { code, card_id: of, check_consume: false })).errcode === 0

test('a code is found and redeemed by its new number only, with holder, validity and channel as before', async () => {
  const openid = newOpenid()
  const hand = await take(client, card_id, openid, { code: newCustomCode(), outer_str: '海报 2' })
  const before = await lookUp(client, hand.code, card_id)
  const new_code = newCustomCode()
  assert.deepEqual(await update(hand, { new_code }), { errcode: 0, errmsg: 'ok' })

  assertRefused(await client.post('/card/code/get', { code: hand.code, card_id, check_consume: false }), 40056)
  for (const path of ['/card/code/consume', '/card/code/unavailable', '/wallet/gift', '/wallet/delete']) {
    assertRefused(await client.post(path, hand), 40056)
  }
  assertRefused(await update(hand, { new_code: newCustomCode() }), 40056)
  const shown = await lookUp(client, new_code, card_id)
  assert.deepEqual(shown, { ...before, card: { ...(before['card'] as object), code: new_code } })
  assert.deepEqual(await codesOf(client, openid), [new_code])
  assert.equal((await client.ok('/card/code/consume', { code: new_code, card_id }))['openid'], openid)
})

test('newcode, as two old libraries write it, is the same as new_code', async () => {
  const hand = await takeCustom(client, card_id)
  const newcode = newCustomCode()
  assert.equal((await update(hand, { newcode })).errcode, 0)
  assert.ok(await isThere(newcode))
})

test('the history goes on under the new number', async () => {
  const hand = await takeCustom(client, card_id)
  const [second, third] = [newCustomCode(), newCustomCode()]
  await client.ok('/card/code/update', { ...hand, new_code: second })
  await client.ok('/card/code/update', { code: second, card_id, new_code: third })
  await client.ok('/card/code/consume', { code: third, card_id })
  assert.deepEqual(storyOf(await showCode(server, merchant, third, card_id)), [
    `code_received ${hand.code}`,
    `code_changed ${hand.code}`,
    `code_changed ${second}`,
    `code_consumed ${third}`,
  ])
})

test('no new_code, or an empty one, is 40110, and no code 41013', async () => {
  const hand = await takeCustom(client, card_id)
  for (const nothing of [undefined, null, '']) {
    assertRefused(await update(hand, { new_code: nothing }), 40110)
    assertRefused(await update(hand, { new_code: nothing, newcode: nothing }), 40110)
    assertRefused(await client.post('/card/code/update', { code: nothing, card_id, new_code: 'X' }), 41013)
  }
  assert.ok(await isThere(hand.code))
})

test('a number that the card has already is 40111: its own, or that of another code in any state', async () => {
  const hand = await takeCustom(client, card_id)
  assertRefused(await update(hand, { new_code: hand.code }), 40111)
  const acts = {
    NORMAL: [],
    CONSUMED: ['/card/code/consume'],
    UNAVAILABLE: ['/card/code/unavailable'],
    DELETE: ['/wallet/delete'],
    GIFTING: ['/wallet/gift'],
  }
  for (const [status, paths] of Object.entries(acts)) {
    const other = await takeCustom(client, card_id)
    for (const path of paths) await client.ok(path, other)
    assertRefused(await update(hand, { new_code: other.code }), 40111)
    const { user_card_status, openid } = await lookUp(client, other.code, card_id)
    assert.deepEqual({ user_card_status, openid }, { user_card_status: status, openid: other.openid })
  }
  assert.ok(await isThere(hand.code))
})

test('a number that is deposited for the card is 40111, drawn or not', async () => {
  const pool = await createCard(client, 'GROUPON', {
    use_custom_code: true,
    get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT',
    sku: { quantity: 0 },
  })
  await client.ok('/card/code/deposit', { card_id: pool, code: ['POOL-1', 'POOL-2', 'POOL-3'] })
  await client.ok('/card/modifystock', { card_id: pool, increase_stock_value: 3 })
  const [first] = [await take(client, pool), await take(client, pool)]
  for (const new_code of ['POOL-1', 'POOL-2', 'POOL-3']) assertRefused(await update(first, { new_code }), 40111)

  assert.equal((await update(first, { new_code: 'FREE' })).errcode, 0)
  assert.equal((await take(client, pool)).code, 'POOL-3', 'the pool is as it was')
})

test('a number that another card uses is free', async () => {
  const other = await takeCustom(client, await createCard(client, 'GROUPON', { use_custom_code: true }))
  const hand = await takeCustom(client, card_id)
  assert.equal((await update(hand, { new_code: other.code })).errcode, 0)
  assert.equal((await lookUp(client, other.code, card_id))['openid'], hand.openid)
  assert.equal((await lookUp(client, other.code, other.card_id))['openid'], other.openid)
})

test('the old number can be given out again, with a history of its own', async () => {
  const hand = await takeCustom(client, card_id)
  const new_code = newCustomCode()
  await client.ok('/card/code/update', { ...hand, new_code })
  const openid = newOpenid()
  assert.equal(await receive(client, card_id, openid, { code: hand.code }), hand.code)
  assert.equal((await lookUp(client, hand.code, card_id))['openid'], openid)
  assert.equal((await lookUp(client, new_code, card_id))['openid'], hand.openid)
  assert.deepEqual(storyOf(await showCode(server, merchant, hand.code, card_id)), [`code_received ${hand.code}`])
})

test('two codes exchange their numbers by way of a third', async () => {
  const [one, two] = [await takeCustom(client, card_id), await takeCustom(client, card_id)]
  const between = newCustomCode()
  await client.ok('/card/code/update', { ...one, new_code: between })
  await client.ok('/card/code/update', { ...two, new_code: one.code })
  await client.ok('/card/code/update', { code: between, card_id, new_code: two.code })
  assert.deepEqual(await codesOf(client, one.openid), [two.code])
  assert.deepEqual(await codesOf(client, two.openid), [one.code])
})

test('a new number has up to 64 bytes, and works everywhere; 65 are 45021', async () => {
  for (const longest of ['9'.repeat(64), `${'码'.repeat(21)}A`]) {
    const hand = await takeCustom(client, card_id)
    assertRefused(await update(hand, { new_code: `${longest}9` }), 45021, /new_code/)
    assertRefused(await update(hand, { newcode: `${longest}9` }), 45021, /newcode/)
    assert.ok(await isThere(hand.code))
    assert.equal((await update(hand, { new_code: longest })).errcode, 0)
    assert.ok(await isThere(longest))
    assert.deepEqual(await codesOf(client, hand.openid), [longest])
    await client.ok('/card/code/consume', { code: longest, card_id })
  }
})

test('a number with blanks or control characters is 40116', async () => {
  const hand = await takeCustom(client, card_id)
  for (const new_code of [' ', 'A B', 'AB ', ' AB', 'A\tB', 'A\nB', 'A\u3000B', 'A\u0007B']) {
    assertRefused(await update(hand, { new_code }), 40116)
  }
  assert.ok(await isThere(hand.code))
})

test('a custom code without its card_id, of another card or of nobody is 40056', async () => {
  const hand = await takeCustom(client, card_id)
  const names = { code: hand.code, new_code: newCustomCode() }
  const other = await createCard(client, 'GROUPON', { use_custom_code: true })
  for (const none of [undefined, null, '']) {
    assertRefused(await client.post('/card/code/update', { ...names, card_id: none }), 40056)
  }
  assertRefused(await client.post('/card/code/update', { ...names, card_id: other }), 40056)
  assertRefused(await client.post('/card/code/update', { ...names, code: newCustomCode(), card_id }), 40056)
  const stranger = await connect(server.url, await makeMerchant(server))
  assertRefused(await stranger.post('/card/code/update', { ...names, card_id }), 40056)
  assert.ok(await isThere(hand.code))
})

test('generated codes keep their numbers: 45030, with card_id and without', async () => {
  const hand = await take(client, await createCard(client))
  for (const named of [hand.card_id, undefined]) {
    assertRefused(await client.post('/card/code/update', { code: hand.code, card_id: named, new_code: '1' }), 45030)
  }
  assert.ok(await isThere(hand.code, hand.card_id))
})

test('a code of a deleted card gets a new number', async () => {
  const own = await createCard(client, 'GROUPON', { use_custom_code: true })
  const hand = await takeCustom(client, own)
  await client.ok('/card/delete', { card_id: own })
  const new_code = newCustomCode()
  assert.equal((await update(hand, { new_code })).errcode, 0)
  assert.ok(await isThere(new_code, own))
})

test('of a redeemed code the answer names card and code: 40099', async () => {
  const hand = await takeCustom(client, card_id)
  await client.ok('/card/code/consume', hand)
  const answer = await update(hand, { new_code: newCustomCode() })
  assertRefused(answer, 40099)
  assert.deepEqual([answer['_card'], answer['_code']], [card_id, hand.code])
})

test('after all that, the facts and the tables agree', () => assertClean(server))
