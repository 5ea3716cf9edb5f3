import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard } from '../support/acts.ts'
import { change, changeBase, faceOf } from '../support/change.ts'
import { connect, type Answer } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, runCli, startServer } from '../support/server.ts'

/** 微信买单, 自助核销 and the merchant's own button: the middle of a card holds one of them. */

const server = await startServer()
after(() => server.stop())
const [merchant, unpaid] = await Promise.all([makeMerchant(server), makeMerchant(server)])
const setPay = async (value: 'on' | 'off', { appid } = merchant): Promise<void> => {
  const { code, stderr } = await runCli(['merchant', 'set', appid, `wechat_pay=${value}`], {
    DATA_DIR: server.data_dir,
  })
  assert.equal(code, 0, stderr)
}
await setPay('on')
const client = await connect(server.url, merchant)

const DONE = { errcode: 0, errmsg: 'ok' }
const SHOPS = { location_id_list: [123] }

const pay = (card_id: string, is_open: unknown = true, by = client) =>
  by.post('/card/paycell/set', { card_id, is_open })
const redeem = (card_id: string, more: object = { is_open: true }) =>
  client.post('/card/selfconsumecell/set', { card_id, ...more })

function assertPayAndCenter(answer: Answer): void {
  assertRefused(answer, 40145)
  const text =
    'invalid update! Can not both set PayCell and CenterCellInfo(include: center_title, center_sub_title, center_url).'
  assert.ok(answer.errmsg.startsWith(`${text} hint: [`), answer.errmsg)
}

function assertConflict(answer: Answer): void {
  assertRefused(answer, 45046)
  const text = 'operate field conflict, CenterCell, PayCell, SelfConsumeCell conflict'
  assert.ok(answer.errmsg.startsWith(`${text} hint: [`), answer.errmsg)
}

function assertNoShop(answer: Answer): void {
  assertRefused(answer, 43017)
  assert.ok(answer.errmsg.startsWith('require location id! '), answer.errmsg)
}

/** What of the middle card/get shows. */
async function cellsOf(card_id: string) {
  const { pay_cell, self_consume_cell } = (await getCard(client, card_id)).base_info
  return { pay_cell, self_consume_cell }
}

const NONE = { pay_cell: undefined, self_consume_cell: undefined }
const PAY = { ...NONE, pay_cell: { is_open: true } }

test('a card with shops can be paid with, until that is closed; both may be said twice', async () => {
  const card_id = await createCard(client, 'GROUPON', SHOPS)
  const before = await faceOf(client, card_id)
  assert.deepEqual(await pay(card_id, false), DONE)
  for (let times = 0; times < 2; times++) assert.deepEqual(await pay(card_id), DONE)
  assert.deepEqual(await cellsOf(card_id), PAY)
  for (let times = 0; times < 2; times++) assert.deepEqual(await pay(card_id, false), DONE)
  assert.deepEqual(await faceOf(client, card_id), before)
})

test('is_open left out opens paying', async () => {
  const card_id = await createCard(client, 'GROUPON', SHOPS)
  assert.deepEqual(await client.post('/card/paycell/set', { card_id }), DONE)
  assert.deepEqual(await cellsOf(card_id), PAY)
})

test('a merchant without WeChat Pay cannot open paying: 43008; whoever had it can still close it', async () => {
  const by = await connect(server.url, unpaid)
  const card_id = await createCard(by, 'GROUPON', SHOPS)
  const refused = await pay(card_id, true, by)
  assertRefused(refused, 43008)
  assert.ok(refused.errmsg.startsWith('require biz pay auth hint: ['))
  assert.deepEqual(await pay(card_id, false, by), DONE)

  await setPay('on', unpaid)
  assert.deepEqual(await pay(card_id, true, by), DONE)
  await setPay('off', unpaid)
  assertRefused(await pay(card_id, true, by), 43008)
  assert.deepEqual(await pay(card_id, false, by), DONE)
  assert.ok(!('pay_cell' in (await getCard(by, card_id)).base_info))
})

test('a card without shops cannot be paid with: 43017', async () => {
  const card_id = await createCard(client)
  assertNoShop(await pay(card_id))
  assert.deepEqual(await cellsOf(card_id), NONE)
  assert.deepEqual(await pay(card_id, false), DONE)
  await changeBase(client, card_id, SHOPS)
  assert.deepEqual(await pay(card_id), DONE)
})

test('every shop is as good as a list of them', async () => {
  const card_id = await createCard(client, 'GROUPON', { use_all_locations: true })
  assert.deepEqual(await pay(card_id), DONE)
  assertNoShop(await changeBase(client, card_id, { use_all_locations: false }))
  const moved = await changeBase(client, card_id, { use_all_locations: false, ...SHOPS })
  assert.deepEqual(moved, { ...DONE, send_check: false })
})

test('the shops of a card that is paid with cannot be taken away, only changed: 43017', async () => {
  const card_id = await createCard(client, 'GROUPON', SHOPS)
  await pay(card_id)
  const before = await faceOf(client, card_id)
  for (const location_id_list of [[], '0', '']) {
    assertNoShop(await changeBase(client, card_id, { notice: '新提醒', location_id_list }))
  }
  assert.deepEqual(await faceOf(client, card_id), before)
  assert.equal((await changeBase(client, card_id, { location_id_list: '456' })).errcode, 0)
  await pay(card_id, false)
  assert.equal((await changeBase(client, card_id, { location_id_list: '0' })).errcode, 0)
})

for (const [name, text] of Object.entries({
  center_title: '快速使用',
  center_sub_title: '点击快速核销卡券',
  center_url: 'https://example.com',
})) {
  const center = { [name]: text }

  test(`a card with a ${name} cannot be paid with: 40145, until it is taken away`, async () => {
    const card_id = await createCard(client, 'GROUPON', { ...SHOPS, ...center })
    assertPayAndCenter(await pay(card_id))
    assert.deepEqual(await cellsOf(card_id), NONE)
    assert.deepEqual(await pay(card_id, false), DONE)
    await changeBase(client, card_id, { [name]: '' })
    assert.deepEqual(await pay(card_id), DONE)
  })

  test(`a card that can be paid with gets no ${name}: 40145, until that is closed`, async () => {
    const card_id = await createCard(client, 'GROUPON', SHOPS)
    await pay(card_id)
    const before = await faceOf(client, card_id)
    assertPayAndCenter(await changeBase(client, card_id, { notice: '新提醒', ...center }))
    assert.deepEqual(await faceOf(client, card_id), before)
    await pay(card_id, false)
    assert.equal((await changeBase(client, card_id, center)).errcode, 0)
  })

  test(`a card with a ${name} cannot be redeemed by its holder, and the other way round: 45046`, async () => {
    const card_id = await createCard(client, 'GROUPON', { ...SHOPS, ...center })
    assertConflict(await redeem(card_id))
    assert.deepEqual(await cellsOf(card_id), NONE)
    await changeBase(client, card_id, { [name]: '' })
    assert.deepEqual(await redeem(card_id), DONE)
    const before = await faceOf(client, card_id)
    assertConflict(await changeBase(client, card_id, { notice: '新提醒', ...center }))
    assert.deepEqual(await faceOf(client, card_id), before)
    await redeem(card_id, { is_open: false })
    assert.equal((await changeBase(client, card_id, center)).errcode, 0)
  })
}

test('paying and redeeming oneself exclude one another in both directions: 45046', async () => {
  const card_id = await createCard(client, 'GROUPON', SHOPS)
  await pay(card_id)
  assertConflict(await redeem(card_id))
  assert.deepEqual(await cellsOf(card_id), PAY)
  assert.deepEqual(await redeem(card_id, { is_open: false }), DONE)
  assert.deepEqual(await cellsOf(card_id), PAY)
  await pay(card_id, false)
  assert.deepEqual(await redeem(card_id), DONE)
  const redeemed = await cellsOf(card_id)
  assertConflict(await pay(card_id))
  assert.deepEqual(await pay(card_id, false), DONE)
  assert.deepEqual(await cellsOf(card_id), redeemed)
  await redeem(card_id, { is_open: false })
  assert.deepEqual(await pay(card_id), DONE)
})

test('what a holder has to enter is as the last request says; nothing unless told', async () => {
  const card_id = await createCard(client, 'GROUPON', SHOPS)
  for (const [more, need_verify_cod, need_remark_amount] of [
    [{}, false, false],
    [{ need_verify_cod: true }, true, false],
    [{ need_remark_amount: 'true' }, false, true],
    [{ need_verify_cod: true, need_remark_amount: true }, true, true],
  ] as const) {
    assert.deepEqual(await redeem(card_id, { is_open: true, ...more }), DONE)
    const { self_consume_cell } = await cellsOf(card_id)
    assert.deepEqual(self_consume_cell, { is_open: true, need_verify_cod, need_remark_amount })
  }
})

test('is_open left out closes redeeming oneself; closing twice is as good as once', async () => {
  const card_id = await createCard(client, 'GROUPON', SHOPS)
  const before = await faceOf(client, card_id)
  await redeem(card_id)
  assert.deepEqual(await redeem(card_id, {}), DONE)
  assert.deepEqual(await redeem(card_id, { is_open: false, need_verify_cod: true }), DONE)
  assert.deepEqual(await faceOf(client, card_id), before)
})

test('neither sends a card to review', async () => {
  const manual = await makeMerchant(server, '--review', 'manual')
  await setPay('on', manual)
  const by = await connect(server.url, manual)
  const card_id = await createCard(by, 'GROUPON', SHOPS)
  const approved = await runCli(['card', 'approve', card_id, '--appid', manual.appid], { DATA_DIR: server.data_dir })
  assert.equal(approved.code, 0)
  for (const path of ['/card/paycell/set', '/card/selfconsumecell/set']) {
    await by.ok(path, { card_id, is_open: true })
    assert.equal((await getCard(by, card_id)).base_info.status, 'CARD_STATUS_VERIFY_OK')
    await by.ok(path, { card_id, is_open: false })
  }
})

test('a member card can be paid with too, and other changes leave that alone', async () => {
  const card_id = await createCard(client, 'MEMBER_CARD', SHOPS)
  await pay(card_id)
  assert.equal((await change(client, card_id, 'MEMBER_CARD', { bonus_rules: '新规则' })).errcode, 0)
  assert.deepEqual(await cellsOf(card_id), PAY)
})

for (const path of ['/card/paycell/set', '/card/selfconsumecell/set']) {
  test(`${path}: no card_id is 41012, an unknown card 40073, a deleted one 40078, an is_open of words 47001`, async () => {
    const deleted = await createCard(client, 'GROUPON', SHOPS)
    await client.ok('/card/delete', { card_id: deleted })
    for (const is_open of [true, false]) {
      assertRefused(await client.post(path, { is_open }), 41012)
      assertRefused(await client.post(path, { card_id: 'pFS7Fjg8kV1IdDz01r4SQwMkuCKc', is_open }), 40073)
      assertRefused(await client.post(path, { card_id: deleted, is_open }), 40078)
    }
    const card_id = await createCard(client, 'GROUPON', SHOPS)
    assertRefused(await client.post(path, { card_id, is_open: 'open' }), 47001)
    assert.deepEqual(await cellsOf(card_id), NONE)
  })
}
