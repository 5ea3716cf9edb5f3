import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import wechatCard from 'wechat-card'
import config from 'wechat-card/libs/config.js'
import { receive } from '../support/acts.ts'
import { baseInfo } from '../support/cards.ts'
import { connect } from '../support/client.ts'
import { makeMerchant, startServer } from '../support/server.ts'

/**
 * wechat-card as published. It differs from others on the wire: it fetches its token by POST; it calls its JSON a form
 * (`application/x-www-form-urlencoded`) and writes `! ' ( ) *` in it as %21 and so on; it takes an answer without
 * errcode 0 for a failure; and it never fetches a new token within an hour.
 *
 * It has no setting for the address, but keeps all addresses in one table that its users can reach; they are changed
 * there.
 */

const server = await startServer()
const merchant = await makeMerchant(server)
const wallet = await connect(server.url, merchant)
after(() => server.stop())

for (const [name, address] of Object.entries(config.api)) {
  config.api[name] = address.replace('https://api.weixin.qq.com', server.url)
}
wechatCard.setConfig({ appId: merchant.appid, appSecret: merchant.secret })

const getAccessToken = promisify(wechatCard.basic.getAccessToken)
const createCard = promisify(wechatCard.card.createCard)
const getCardDetail = promisify(wechatCard.card.getCardDetail)
const getCardIdList = promisify(wechatCard.card.getCardIdList)
const modifyCardStock = promisify(wechatCard.card.modifyCardStock)
const deleteCard = promisify(wechatCard.card.deleteCard)
const consumeCode = promisify(wechatCard.code.consumeCode)
const getCodeDetail = promisify(wechatCard.code.getCodeDetail)
const setCodeExpire = promisify(wechatCard.code.setCodeExpire)

/** A card as the client's own documents describe it, with the old names of the kinds of validity. */
function cashCard(base_info: object = {}) {
  const now = Math.floor(Date.now() / 1000)
  const date_info = { type: 1, begin_timestamp: now, end_timestamp: now + 86_400 }
  return {
    card_type: 'CASH',
    base_info: baseInfo({ date_info, use_custom_code: false, bind_openid: false, can_share: true, ...base_info }),
    special_info: { least_cost: 10_000, reduce_cost: 2000 },
  }
}

/** Its errors are no Errors, but carry the errcode and the text. */
const refused = (code: number, text: RegExp) => (error: unknown) => {
  const { code: errcode, msg } = error as { code: unknown; msg: string }
  assert.equal(errcode, code)
  assert.match(msg, new RegExp(`^wechat interface error: ${text.source}`))
  return true
}

test('it fetches a token by POST and keeps it', async () => {
  const token = await getAccessToken()
  assert.match(token, /^[\w-]{32,512}$/)
  assert.equal(await getAccessToken(), token)
})

test('it creates a card and reads back what it wrote', async () => {
  const card_id = await createCard(cashCard())
  const { card_type, base_info, special_info } = await getCardDetail(card_id)
  assert.equal(card_type, 'CASH')
  assert.equal(base_info['id'], card_id)
  assert.equal(base_info['status'], 'CARD_STATUS_VERIFY_OK')
  assert.equal((base_info['date_info'] as { type: string }).type, 'DATE_TYPE_FIX_TIME_RANGE')
  assert.equal(special_info['reduce_cost'], 2000)
})

test('its body is read as the JSON that it is, letter for letter, although it calls it a form', async () => {
  const notice = '满100+减20%&更多=惊喜'
  const { base_info } = await getCardDetail(await createCard(cashCard({ title: "a(b)!'*", notice })))
  assert.equal(base_info['notice'], notice, 'a bare +, %, & and = stay what they are')
  assert.equal(base_info['title'], 'a%28b%29%21%27%2A', 'and what it escaped itself stays escaped')
})

test('it lists the numbers of cards, oldest first', async () => {
  const before = await getCardIdList(0, 50)
  const card_id = await createCard(cashCard())
  assert.deepEqual(await getCardIdList(0, 50), [...before, card_id])
  assert.deepEqual(await getCardIdList(before.length, 1), [card_id])
})

test('it looks a code up and redeems it once', async () => {
  const card_id = await createCard(cashCard())
  const code = await receive(wallet, card_id, 'diner')
  const { begin_time, end_time, ...detail } = await getCodeDetail(code)
  assert.deepEqual(detail, { card_id, code, openid: 'diner' })
  assert.equal(end_time - begin_time, 86_400)

  assert.deepEqual(await consumeCode(code, card_id), { card_id, openid: 'diner' })
  await assert.rejects(consumeCode(code, ''), refused(40099, /invalid code, this code has consumed\./))
  await assert.rejects(getCodeDetail(code), refused(40127, /invalid user-card status!/))
})

test('it redeems a code without naming its card', async () => {
  const card_id = await createCard(cashCard())
  assert.deepEqual(await consumeCode(await receive(wallet, card_id, 'diner'), ''), { card_id, openid: 'diner' })
})

test('it takes a code out of use', async () => {
  const code = await receive(wallet, await createCard(cashCard()), 'diner')
  await setCodeExpire(code)
  await assert.rejects(consumeCode(code, ''), refused(40127, /invalid user-card status!/))
})

test('it changes the stock and deletes the card', async () => {
  const card_id = await createCard(cashCard())
  await modifyCardStock(card_id, 50)
  await modifyCardStock(card_id, -30)
  await modifyCardStock(card_id, 0)
  const { base_info } = await getCardDetail(card_id)
  assert.deepEqual(base_info['sku'], { quantity: 120, total_quantity: 120 })
  await assert.rejects(modifyCardStock(card_id, -121), refused(40122, /invalid card quantity/))

  await deleteCard(card_id)
  assert.equal((await getCardDetail(card_id)).base_info['status'], 'CARD_STATUS_DELETE')
  await assert.rejects(deleteCard(card_id), refused(40078, /invalid card status/))
})

test('it is told what it did wrong', async () => {
  await assert.rejects(getCardDetail('pnosuchcard'), refused(40073, /invalid card id/))
  await assert.rejects(consumeCode('000000000000', ''), refused(40056, /invalid serial code/))
  await assert.rejects(createCard({ ...cashCard(), card_type: 'LUCK_MONEY' }), refused(40071, /invalid card type/))
})
