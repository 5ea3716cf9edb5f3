import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { toBuffer } from '@bwip-js/node'
import { createCard, getCard, lookUp, newOpenid, receive } from '../support/acts.ts'
import { countErrcodes, together } from '../support/answers.ts'
import { connect, getJson, type Answer } from '../support/client.ts'
import { createFullPool } from '../support/deposit.ts'
import { advance, newCustomCode } from '../support/hand.ts'
import { qrCodeIn } from '../support/png.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, runCli, startServer } from '../support/server.ts'
import { assertClean } from '../support/verify.ts'

const PUBLIC_URL = 'https://cards.example.com/kq'

const server = await startServer({ PUBLIC_URL })
after(() => server.stop())
const [merchant, manual] = await Promise.all([
  makeMerchant(server, '--sandbox'),
  makeMerchant(server, '--review', 'manual'),
])
const client = await connect(server.url, merchant)

const UNKNOWN_CARD = 'pFS7Fjg8kV1IdDz01r4SQwMkuCKc'
const DAY_S = 86_400

/** Other cards may end while the clock goes on. */
const LONG = { date_info: { type: 'DATE_TYPE_FIX_TERM', fixed_term: 3650, fixed_begin_term: 0 }, get_limit: 50 }

const newCard = (base_info: object = {}) => createCard(client, 'GROUPON', { ...LONG, ...base_info })

const card_id = await newCard()
const custom_card_id = await newCard({ use_custom_code: true })
const bound_card_id = await newCard({ bind_openid: true })

const send = (body: unknown) => client.post('/card/qrcode/create', body)
const ask = (card: object, top: object = {}) => send({ action_name: 'QR_CARD', ...top, action_info: { card } })
const askForSeveral = (card_list: unknown, top: object = {}) =>
  send({ action_name: 'QR_MULTIPLE_CARD', ...top, action_info: { multiple_card: { card_list } } })

/** The ticket of an answer that must be errcode 0. */
function ticketOf(answer: Answer): string {
  assert.equal(answer.errcode, 0, answer.errmsg)
  return String(answer['ticket'])
}

const scan = (ticket: string, of = card_id, more: object = {}) =>
  client.post('/wallet/receive', { card_id: of, openid: newOpenid(), ticket, ...more })

/** The code that a holder receives by scanning. */
async function codeBy(ticket: string, of = card_id, more: object = {}): Promise<string> {
  const answer = await scan(ticket, of, more)
  assert.equal(answer.errcode, 0, answer.errmsg)
  return String(answer['code'])
}

const channelOf = async (code: string, of?: string): Promise<unknown> => (await lookUp(client, code, of))['outer_str']

test('a QR code is answered as WeChat does: ticket, life, the page behind it and its picture', async () => {
  const answer = await ask({ card_id })
  assert.deepEqual(Object.keys(answer), ['errcode', 'errmsg', 'ticket', 'expire_seconds', 'url', 'show_qrcode_url'])
  const { errcode, errmsg, ticket, url, show_qrcode_url } = answer
  assert.deepEqual([errcode, errmsg], [0, 'ok'])
  assert.match(String(ticket), /^[\w.-]{1,128}$/)
  assert.equal(url, `${PUBLIC_URL}/wallet/open?ticket=${String(ticket)}`)
  assert.equal(show_qrcode_url, `${PUBLIC_URL}/cgi-bin/showqrcode?ticket=${String(ticket)}`)
})

test('two QR codes of one card have tickets of their own', async () => {
  assert.notEqual(ticketOf(await ask({ card_id })), ticketOf(await ask({ card_id })))
})

test('whoever scans receives the card, any number of holders one after the other', async () => {
  const ticket = ticketOf(await ask({ card_id }))
  const { quantity } = (await getCard(client, card_id)).base_info.sku
  const codes = [await codeBy(ticket), await codeBy(ticket), await codeBy(ticket)]
  assert.equal(new Set(codes).size, 3)
  assert.equal((await getCard(client, card_id)).base_info.sku.quantity, quantity - 3)
})

test('a QR code of several cards gives each of them to whoever scans it', async () => {
  const cards = [card_id, ...(await Promise.all(Array.from({ length: 4 }, () => newCard())))]
  const ticket = ticketOf(await askForSeveral(cards.map((card_id) => ({ card_id }))))
  const openid = newOpenid()
  for (const wanted of cards) {
    const code = await codeBy(ticket, wanted, { openid })
    assert.equal(((await lookUp(client, code))['card'] as { card_id: string }).card_id, wanted)
  }
  assertRefused(await scan(ticket, bound_card_id), 40080)
})

test('each of several cards has a code, a holder and a channel of its own', async () => {
  const [code, openid] = [newCustomCode(), newOpenid()]
  const ticket = ticketOf(
    await askForSeveral([
      { card_id: custom_card_id, code, outer_str: 'first' },
      { card_id: bound_card_id, openid, outer_id: 2 },
      { card_id },
    ]),
  )
  assert.equal(await codeBy(ticket, custom_card_id), code)
  assert.equal(await channelOf(code, custom_card_id), 'first')
  assertRefused(await scan(ticket, bound_card_id), 40003)
  assert.equal(await channelOf(await codeBy(ticket, bound_card_id, { openid })), '2')
  assert.equal(await channelOf(await codeBy(ticket)), undefined)
})

test('one card to five are taken, six are 45039, and none is 40053', async () => {
  const several = (count: number) => askForSeveral(Array.from({ length: count }, () => ({ card_id })))
  assert.equal((await several(1)).errcode, 0)
  assert.equal((await several(5)).errcode, 0)
  assertRefused(await several(6), 45039)
  assertRefused(await several(0), 40053)
})

test('without a life of its own a QR code is good for a year, one of several cards for ninety days', async () => {
  for (const none of [undefined, null, 0, '0', '']) {
    assert.equal((await ask({ card_id }, { expire_seconds: none }))['expire_seconds'], 31_536_000, String(none))
    assert.equal((await ask({ card_id, expire_seconds: none }))['expire_seconds'], 31_536_000, String(none))
    const several = await askForSeveral([{ card_id }], { expire_seconds: none })
    assert.equal(several['expire_seconds'], 7_776_000, String(none))
  }
})

test('expire_seconds stands beside action_name or in the card, as a number or a text', async () => {
  for (const wanted of [60, '60', 1800, '1800']) {
    assert.equal((await ask({ card_id }, { expire_seconds: wanted }))['expire_seconds'], Number(wanted))
    assert.equal((await ask({ card_id, expire_seconds: wanted }))['expire_seconds'], Number(wanted))
    assert.equal((await askForSeveral([{ card_id }], { expire_seconds: wanted }))['expire_seconds'], Number(wanted))
  }
  assert.equal((await ask({ card_id, expire_seconds: 600 }, { expire_seconds: 600 }))['expire_seconds'], 600)
  assert.equal((await ask({ card_id, expire_seconds: 600 }, { expire_seconds: null }))['expire_seconds'], 600)
  assert.equal((await ask({ card_id, expire_seconds: 600 }, { expire_seconds: 0 }))['expire_seconds'], 600)
})

test('a life under 60 or over 1800 seconds is 40097, and one that is no number 47001', async () => {
  for (const wrong of [1, 59, 1801, '59', '1801', -1, 31_536_000]) {
    assertRefused(await ask({ card_id }, { expire_seconds: wrong }), 40097)
    assertRefused(await ask({ card_id, expire_seconds: wrong }), 40097)
    assertRefused(await askForSeveral([{ card_id }], { expire_seconds: wrong }), 40097)
  }
  for (const wrong of ['soon', 90.5, true, {}, [90]]) {
    assertRefused(await ask({ card_id }, { expire_seconds: wrong }), 47001)
    assertRefused(await ask({ card_id, expire_seconds: wrong }), 47001)
  }
})

test('a ticket is over when its time is: 40080', async () => {
  const ticket = ticketOf(await ask({ card_id, expire_seconds: '60' }))
  assert.equal((await scan(ticket)).errcode, 0)
  await client.ok('/sandbox/clock', { advance: 62 })
  assertRefused(await scan(ticket), 40080)
})

test('a ticket without a life of its own is good for its days, and over after them: 40080', async () => {
  const [one, several] = [ticketOf(await ask({ card_id })), ticketOf(await askForSeveral([{ card_id }]))]
  await advance(client, 89 * DAY_S)
  await codeBy(several)
  await advance(client, 2 * DAY_S)
  assertRefused(await scan(several), 40080)
  await codeBy(one)
  await advance(client, 273 * DAY_S)
  await codeBy(one)
  await advance(client, 2 * DAY_S)
  assertRefused(await scan(one), 40080)
})

test('a ticket for one is good once, also where 32 scan it at once: 40080', async () => {
  const ticket = ticketOf(await ask({ card_id, is_unique_code: true }))
  const answers = await together(32, () => scan(ticket))
  assert.deepEqual(countErrcodes(answers), { 0: 1, 40080: 31 })
  assertRefused(await scan(ticket), 40080)
  const untouched = ticketOf(await ask({ card_id, is_unique_code: 'true' }))
  await codeBy(untouched)
  assertRefused(await scan(untouched), 40080)
})

test('a scan that is refused does not use up a ticket for one', async () => {
  const own = await newCard({ get_limit: 1 })
  const ticket = ticketOf(await ask({ card_id: own, is_unique_code: true }))
  const openid = newOpenid()
  await receive(client, own, openid)
  assertRefused(await scan(ticket, own, { openid }), 45033)
  await codeBy(ticket, own)
})

test('is_unique_code false is as none', async () => {
  const ticket = ticketOf(await ask({ card_id, is_unique_code: false }))
  await codeBy(ticket)
  await codeBy(ticket)
})

test('a ticket for one is made only for a card that is approved: 40078', async () => {
  const theirs = await connect(server.url, manual)
  const waits = await createCard(theirs)
  const make = (is_unique_code: boolean) =>
    theirs.post('/card/qrcode/create', {
      action_name: 'QR_CARD',
      action_info: { card: { card_id: waits, is_unique_code } },
    })
  assertRefused(await make(true), 40078)
  assert.equal((await make(false)).errcode, 0)
  const { code } = await runCli(['card', 'approve', waits, '--appid', manual.appid], { DATA_DIR: server.data_dir })
  assert.equal(code, 0)
  assert.equal((await make(true)).errcode, 0)
})

test('a ticket for one is made only while there is stock: 45031', async () => {
  const own = await newCard({ sku: { quantity: 1 } })
  await receive(client, own)
  assertRefused(await ask({ card_id: own, is_unique_code: true }), 45031)
  const ticket = ticketOf(await ask({ card_id: own }))
  assertRefused(await scan(ticket, own), 45031)
})

test('outer_str is the channel of the codes received, outer_id its old form', async () => {
  assert.equal(await channelOf(await codeBy(ticketOf(await ask({ card_id, outer_str: '门店海报' })))), '门店海报')
  assert.equal(await channelOf(await codeBy(ticketOf(await ask({ card_id, outer_id: 1 })))), '1')
  assert.equal(await channelOf(await codeBy(ticketOf(await ask({ card_id, outer_id: '17' })))), '17')
  assert.equal(
    await channelOf(await codeBy(ticketOf(await ask({ card_id, outer_str: 'poster', outer_id: 1 })))),
    'poster',
  )
  assert.equal(await channelOf(await codeBy(ticketOf(await ask({ card_id, outer_id: 0 })))), undefined)
})

test("the ticket's channel goes before the request's, which counts where the ticket has none", async () => {
  const [named, plain] = [ticketOf(await ask({ card_id, outer_str: 'poster' })), ticketOf(await ask({ card_id }))]
  assert.equal(await channelOf(await codeBy(named, card_id, { outer_str: 'app' })), 'poster')
  assert.equal(await channelOf(await codeBy(plain, card_id, { outer_str: 'app' })), 'app')
})

test('a channel of 128 bytes is taken, and a longer one 45021', async () => {
  assert.equal((await ask({ card_id, outer_str: 'p'.repeat(128) })).errcode, 0)
  assertRefused(await ask({ card_id, outer_str: 'p'.repeat(129) }), 45021)
  assertRefused(await askForSeveral([{ card_id }, { card_id, outer_str: '海'.repeat(43) }]), 45021)
})

test('a card with custom codes needs one in its QR code: 41013', async () => {
  assertRefused(await ask({ card_id: custom_card_id }), 41013)
  assertRefused(await ask({ card_id: custom_card_id, code: '' }), 41013)
  assertRefused(await askForSeveral([{ card_id }, { card_id: custom_card_id }]), 41013)
})

test('the custom code of a QR code is the one that is received, whatever the request says, and only once', async () => {
  const code = newCustomCode()
  const ticket = ticketOf(await ask({ card_id: custom_card_id, code }))
  assert.equal(await codeBy(ticket, custom_card_id, { code: newCustomCode() }), code)
  assertRefused(await scan(ticket, custom_card_id), 40111)
})

test('a QR code is not made for a code that no holder could receive: over 20 bytes 45021, with blanks 40116', async () => {
  assertRefused(await ask({ card_id: custom_card_id, code: '123456789012345678901' }), 45021)
  assertRefused(await ask({ card_id: custom_card_id, code: 'a b' }), 40116)
})

test('codes that are generated or deposited cannot be chosen in a QR code: 40116', async () => {
  const pool = await createFullPool(client, ['P-1', 'P-2'], LONG)
  assertRefused(await ask({ card_id, code: '110201201245' }), 40116)
  assertRefused(await ask({ card_id: pool, code: 'P-2' }), 40116)
  assert.equal(await codeBy(ticketOf(await ask({ card_id: pool })), pool), 'P-1')
})

test('a card that is bound to holders needs one in its QR code: 40053', async () => {
  assertRefused(await ask({ card_id: bound_card_id }), 40053)
  assertRefused(await ask({ card_id: bound_card_id, openid: '' }), 40053)
  assertRefused(await askForSeveral([{ card_id }, { card_id: bound_card_id }]), 40053)
})

test('a QR code for one holder gives nothing to another: 40003', async () => {
  const openid = newOpenid()
  for (const wanted of [bound_card_id, card_id]) {
    const ticket = ticketOf(await ask({ card_id: wanted, openid }))
    assertRefused(await scan(ticket, wanted), 40003)
    await codeBy(ticket, wanted, { openid })
  }
})

test('the ticket of another card, of another merchant or of nobody is 40080, and takes nothing', async () => {
  const theirs = await connect(server.url, manual)
  const their_card_id = await createCard(theirs)
  const action_info = { card: { card_id: their_card_id } }
  const { ticket: foreign } = await theirs.ok('/card/qrcode/create', { action_name: 'QR_CARD', action_info })
  const stock = (await getCard(client, card_id)).base_info.sku
  for (const ticket of [
    ticketOf(await ask({ card_id: bound_card_id, openid: newOpenid() })),
    String(foreign),
    `${merchant.appid}.nothing`,
    'nobody.nothing',
    'x',
  ]) {
    assertRefused(await scan(ticket), 40080)
  }
  assert.deepEqual((await getCard(client, card_id)).base_info.sku, stock)
})

test('a deleted card gets no QR code, and the one that it had gives nothing: 40078', async () => {
  const own = await newCard()
  const ticket = ticketOf(await ask({ card_id: own }))
  await client.ok('/card/delete', { card_id: own })
  assertRefused(await ask({ card_id: own }), 40078)
  assertRefused(await askForSeveral([{ card_id }, { card_id: own }]), 40078)
  assertRefused(await scan(ticket, own), 40078)
})

test('a card that nobody made is 40073, and none 41012', async () => {
  assertRefused(await ask({ card_id: UNKNOWN_CARD }), 40073)
  assertRefused(await askForSeveral([{ card_id }, { card_id: UNKNOWN_CARD }]), 40073)
  assertRefused(await ask({}), 41012)
  assertRefused(await ask({ card_id: '' }), 41012)
  assertRefused(await askForSeveral([{ card_id }, {}]), 41012)
})

test('an action_name that is none is 40052', async () => {
  for (const action_name of ['QR_SCENE', 'qr_card', '', null, undefined, 1, ['QR_CARD'], {}]) {
    assertRefused(await send({ action_name, action_info: { card: { card_id } } }), 40052)
  }
})

test('cards that are not where the action_name has them are 40053', async () => {
  for (const action_info of [
    undefined,
    null,
    'card',
    [],
    {},
    { card: null },
    { card: card_id },
    { card: [{ card_id }] },
    { multiple_card: { card_list: [{ card_id }] } },
  ]) {
    assertRefused(await send({ action_name: 'QR_CARD', action_info }), 40053)
  }
  for (const action_info of [
    undefined,
    null,
    {},
    { card: { card_id } },
    { multiple_card: null },
    { multiple_card: {} },
    { multiple_card: [{ card_id }] },
    { multiple_card: { card_list: null } },
    { multiple_card: { card_list: { card_id } } },
  ]) {
    assertRefused(await send({ action_name: 'QR_MULTIPLE_CARD', action_info }), 40053)
  }
})

test('what old and new clients send beside it is passed over', async () => {
  const answer = await send({
    action_name: 'QR_CARD',
    expire_seconds: null,
    balance: 100,
    action_info: { card: { card_id, code: '', openid: null, is_unique_code: false, outer_id: 1, balance: 0 } },
  })
  assert.equal(answer['expire_seconds'], 31_536_000, answer.errmsg)
})

const pictureOf = (ticket: unknown) => fetch(`${server.url}/cgi-bin/showqrcode?ticket=${String(ticket)}`)

test('the picture is a PNG of the QR code of the url, which a till can print and a phone can read', async () => {
  const { ticket, url } = await ask({ card_id })
  const response = await pictureOf(ticket)
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'image/png')
  const { modules, module } = qrCodeIn(await response.bytes())
  const drawn = qrCodeIn(await toBuffer({ bcid: 'qrcode', text: String(url), backgroundcolor: 'FFFFFF' }))
  assert.ok(modules.length >= 21)
  assert.deepEqual(modules, drawn.modules)
  assert.ok(module >= 8, `each module has ${module} pixels`)
  const another = qrCodeIn(await toBuffer({ bcid: 'qrcode', text: `${String(url)}x`, backgroundcolor: 'FFFFFF' }))
  assert.notDeepEqual(modules, another.modules)
})

test('the picture leaves four modules blank around the QR code, as the standard of QR codes asks', async () => {
  const { quiet } = qrCodeIn(await (await pictureOf(ticketOf(await ask({ card_id })))).bytes())
  assert.ok(quiet >= 4, `${quiet} modules`)
})

test('the picture of an unknown ticket is refused as JSON: 40080', async () => {
  for (const ticket of ['nobody.nothing', `${merchant.appid}.nothing`, `${merchant.appid}.%00`, '%00.x', 'x', '']) {
    assertRefused(await getJson(`${server.url}/cgi-bin/showqrcode?ticket=${ticket}`), 40080)
  }
  assertRefused(await getJson(`${server.url}/cgi-bin/showqrcode`), 40080)
})

test('after all this the tables are what the facts say', () => assertClean(server))
