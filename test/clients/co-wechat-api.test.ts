import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { after, test } from 'node:test'
import WechatAPI, { type Token } from 'co-wechat-api'
import { receive } from '../support/acts.ts'
import { baseInfo, TYPE_FIELDS } from '../support/cards.ts'
import { connect } from '../support/client.ts'
import { makeMerchant, runCli, startServer, type Merchant } from '../support/server.ts'

/** co-wechat-api as published, in the hands of a merchant's developer. What only a holder does goes through /wallet. */

const server = await startServer()
const merchant = await makeMerchant(server)
const wallet = await connect(server.url, merchant)
const agent = new Agent({ keepAlive: true })
after(async () => {
  agent.destroy()
  await server.stop()
})

/**
 * The client can be told another address for tokens only; those of the cards are fixed in its source. So its users
 * redirect it in the hook that httpx, which it sends its requests with, offers through the client's own `setOpts`: the
 * client still believes that it asks https://api.weixin.qq.com, and not a byte of what it sends is touched.
 */
function redirected(api: WechatAPI): WechatAPI {
  const { hostname, port } = new URL(server.url)
  api.setOpts({ beforeRequest: (options) => ({ ...options, protocol: 'http:', host: hostname, port, agent }) })
  return api
}

const apiOf = ({ appid, secret }: Merchant): WechatAPI => redirected(new WechatAPI(appid, secret))

const api = apiOf(merchant)

/** What createCard takes: the client adds the `card` around it. */
function cardOf(card_type: string, base_info: object = {}): object {
  return { card_type, [card_type.toLowerCase()]: { base_info: baseInfo(base_info), ...TYPE_FIELDS[card_type] } }
}

const refused = (code: number, message: RegExp) => ({ name: 'WeChatAPIError', code, message })

async function stockOf(card_id: string): Promise<unknown> {
  const { card } = await api.getCard(card_id)
  return (card['groupon'] as { base_info: { sku: unknown } }).base_info.sku
}

test('it fetches a token that lasts two hours', async () => {
  const { accessToken, expireTime } = await api.getAccessToken()
  assert.match(accessToken, /^[\w-]{32,512}$/)
  const left_s = (expireTime - Date.now()) / 1000
  assert.ok(left_s > 7100 && left_s <= 7200, `${left_s} s`)
})

test('it creates a card of every type and reads it back', async () => {
  for (const card_type of Object.keys(TYPE_FIELDS)) {
    const { card_id } = await api.createCard(cardOf(card_type, { title: '周年庆 & 100%' }))
    const { card } = await api.getCard(card_id)
    assert.equal(card['card_type'], card_type)
    const { base_info } = card[card_type.toLowerCase()] as { base_info: Record<string, unknown> }
    const { id, title, status, sku } = base_info
    assert.deepEqual(
      { id, title, status, sku },
      {
        id: card_id,
        title: '周年庆 & 100%',
        status: 'CARD_STATUS_VERIFY_OK',
        sku: { quantity: 100, total_quantity: 100 },
      },
    )
  }
})

test('it lists cards page by page, all or by their states', async () => {
  const other = await makeMerchant(server)
  const shop = apiOf(other)
  assert.deepEqual(await shop.getCards(0, 10), { errcode: 0, errmsg: 'ok', card_id_list: [], total_num: 0 })

  const ids: string[] = []
  for (const card_type of ['GROUPON', 'CASH', 'GIFT']) ids.push((await shop.createCard(cardOf(card_type))).card_id)
  assert.deepEqual(await shop.getCards(0, 2), { errcode: 0, errmsg: 'ok', card_id_list: ids.slice(0, 2), total_num: 3 })
  assert.deepEqual(await shop.getCards(2, 2), { errcode: 0, errmsg: 'ok', card_id_list: ids.slice(2), total_num: 3 })

  await shop.deleteCard(ids[0]!)
  const listed = async (...status_list: string[]): Promise<string[]> =>
    (await shop.getCards(0, 50, status_list)).card_id_list
  assert.deepEqual(await listed('CARD_STATUS_VERIFY_OK'), ids.slice(1))
  assert.deepEqual(await listed('CARD_STATUS_USER_DELETE'), ids.slice(0, 1), 'by the name that old callers use')
  assert.deepEqual(await listed('CARD_STATUS_NOT_VERIFY', 'CARD_STATUS_VERIFY_FALL'), [])
})

test('it finds what a holder has received, and each of its codes', async () => {
  const { card_id } = await api.createCard(cardOf('GROUPON'))
  const { card_id: other_id } = await api.createCard(cardOf('CASH'))
  const code = await receive(wallet, card_id, 'holder-of-two')
  const other = await receive(wallet, other_id, 'holder-of-two')

  assert.deepEqual(await api.getCardList('holder-of-two'), {
    errcode: 0,
    errmsg: 'ok',
    card_list: [
      { code, card_id },
      { code: other, card_id: other_id },
    ],
    has_share_card: false,
  })
  assert.deepEqual(await api.getCardList('holder-of-two', other_id), {
    errcode: 0,
    errmsg: 'ok',
    card_list: [{ code: other, card_id: other_id }],
    has_share_card: false,
  })
  const found = await api.getCode(code)
  const { openid, can_consume, user_card_status } = found
  assert.deepEqual([openid, can_consume, user_card_status], ['holder-of-two', true, 'NORMAL'])
  assert.deepEqual(await api.getCode(code, card_id), found)
  await assert.rejects(api.getCode('999999999999'), refused(40056, /^invalid serial code hint: \[/))
})

test('it redeems a code once, and is told when the code is gone', async () => {
  const { card_id } = await api.createCard(cardOf('GROUPON'))
  const code = await receive(wallet, card_id, 'guest')
  assert.deepEqual(await api.consumeCode(code), { errcode: 0, errmsg: 'ok', card: { card_id }, openid: 'guest' })
  await assert.rejects(
    api.consumeCode(code, card_id),
    refused(40099, /^invalid code, this code has consumed\. hint: \[/),
  )
  await assert.rejects(api.getCode(code), refused(40127, /^invalid user-card status! Hint: the card was given to user/))
})

test('it names the card of a custom code', async () => {
  const { card_id } = await api.createCard(cardOf('MEETING_TICKET', { use_custom_code: true }))
  const code = await receive(wallet, card_id, 'visitor', { code: 'SEAT-A-12' })
  await assert.rejects(api.consumeCode(code), refused(40056, /^invalid serial code/))
  assert.deepEqual(await api.consumeCode(code, card_id), {
    errcode: 0,
    errmsg: 'ok',
    card: { card_id },
    openid: 'visitor',
  })
})

test('it takes a code out of use', async () => {
  const { card_id } = await api.createCard(cardOf('MOVIE_TICKET'))
  const code = await receive(wallet, card_id, 'viewer')
  assert.deepEqual(await api.unavailableCode(code), { errcode: 0, errmsg: 'ok' })
  await assert.rejects(api.consumeCode(code), refused(40127, /^invalid user-card status!/))
})

test('it raises and lowers the stock, but not below what is left', async () => {
  const { card_id } = await api.createCard(cardOf('GROUPON'))
  await receive(wallet, card_id, 'early-bird')
  assert.deepEqual(await api.updateCardStock(card_id, 20), { errcode: 0, errmsg: 'ok' })
  assert.deepEqual(await stockOf(card_id), { quantity: 119, total_quantity: 120 })
  await api.updateCardStock(card_id, -19)
  assert.deepEqual(await stockOf(card_id), { quantity: 100, total_quantity: 101 })
  await assert.rejects(api.updateCardStock(card_id, -101), refused(40122, /^invalid card quantity hint: \[/))
  assert.deepEqual(await stockOf(card_id), { quantity: 100, total_quantity: 101 })
})

test('it deletes a card, whose codes stay as good as they were', async () => {
  const { card_id } = await api.createCard(cardOf('GROUPON'))
  const code = await receive(wallet, card_id, 'regular')
  assert.deepEqual(await api.deleteCard(card_id), { errcode: 0, errmsg: 'ok' })
  const late = await wallet.post('/wallet/receive', { card_id, openid: 'late' })
  assert.equal(late.errcode, 40078)
  await assert.rejects(api.deleteCard(card_id), refused(40078, /^invalid card status hint: \[/))
  await api.consumeCode(code)
})

test('it is told in WeChat’s words what is wrong with a card', async () => {
  await assert.rejects(api.getCard('pnosuchcard'), refused(40073, /^invalid card id hint: \[/))
  await assert.rejects(
    api.createCard(cardOf('GROUPON', { title: '' })),
    refused(
      41011,
      /^missing required fields! please check document and request json! hint: \[\w+\] m_data\.base_info\(\)\.title$/,
    ),
  )
  await assert.rejects(
    api.createCard(cardOf('GROUPON', { title: '十个汉字的标题就太长了' })),
    refused(45021, /m_data\.base_info\(\)\.title$/),
  )
})

test('it keeps its token from call to call, and renews by itself one that the server does not know', async () => {
  const saved: (Token | null)[] = []
  let token: Token | null = { accessToken: 'from-a-server-that-is-gone', expireTime: Date.now() + 7_000_000 }
  const shared = redirected(
    new WechatAPI(
      merchant.appid,
      merchant.secret,
      async () => token,
      async (renewed) => {
        saved.push(renewed)
        token = renewed
      },
    ),
  )
  const { card_id } = await shared.createCard(cardOf('GROUPON'))
  await shared.getCard(card_id)
  await shared.updateCardStock(card_id, 1)
  assert.equal(saved.length, 2, 'the bad one is forgotten, then one new token is kept')
  assert.equal(saved[0], null)
  assert.deepEqual(await stockOf(card_id), { quantity: 101, total_quantity: 101 }, 'and each request was done once')
})

test('it is refused with a secret that is no longer the merchant’s', async () => {
  const other = await makeMerchant(server)
  const { stdout } = await runCli(['merchant', 'secret', other.appid, '--json'], { DATA_DIR: server.data_dir })
  const { secret } = JSON.parse(stdout) as Merchant
  await assert.rejects(apiOf(other).getCards(0, 1), refused(40125, /^invalid appsecret hint: \[/))
  await apiOf({ ...other, secret }).getCards(0, 1)
})
