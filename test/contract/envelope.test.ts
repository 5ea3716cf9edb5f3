import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, newOpenid, receive } from '../support/acts.ts'
import { cardBody } from '../support/cards.ts'
import { connect, type Answer } from '../support/client.ts'
import { send, type Received } from '../support/raw.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'

/** What every answer looks like, and what a body may look like. */

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server, '--sandbox'))

const urlOf = (path: string): string => `${server.url}${path}?access_token=${client.access_token}`
const post = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Received> =>
  send(urlOf(path), { body, headers })

/** The answer, which must be 200 and JSON. */
function answerOf({ status, headers, text }: Received): Answer {
  assert.equal(status, 200)
  assert.match(String(headers['content-type']), /^application\/json/)
  return JSON.parse(text) as Answer
}

const card_id = await createCard(client)
const openid = newOpenid()

const BODIES: Record<string, () => Promise<object>> = {
  '/card/create': async () => cardBody(),
  '/card/get': async () => ({ card_id }),
  '/card/batchget': async () => ({ offset: 0, count: 10 }),
  '/card/modifystock': async () => ({ card_id, increase_stock_value: 1 }),
  '/card/delete': async () => ({ card_id: await createCard(client) }),
  '/card/user/getcardlist': async () => ({ openid }),
  '/card/code/get': async () => ({ code: await receive(client, card_id, openid) }),
  '/card/code/consume': async () => ({ code: await receive(client, card_id, openid) }),
  '/card/code/unavailable': async () => ({ code: await receive(client, card_id, openid) }),
  '/wallet/receive': async () => ({ card_id, openid }),
  '/wallet/view': async () => ({ card_id, openid }),
  '/sandbox/clock': async () => ({ advance: 1 }),
}

for (const [path, bodyOf] of Object.entries(BODIES)) {
  test(`${path} answers errcode 0 and errmsg ok first, and nothing that a client could take for a refusal`, async () => {
    const received = await post(path, JSON.stringify(await bodyOf()))
    assert.equal(answerOf(received).errcode, 0, received.text)
    assert.match(received.text, /^\{"errcode":0,"errmsg":"ok"[,}]/)
  })

  test(`${path} tells a refusal with errcode and errmsg first, an integer and a text`, async () => {
    for (const body of ['[]', '{', '', '{"card_id":{},"code":{},"openid":{},"card":{},"offset":{},"now":{}}']) {
      const received = await post(path, body)
      assert.ok(Number.isInteger(answerOf(received).errcode), received.text)
      assert.match(received.text, /^\{"errcode":[1-9]\d{4},"errmsg":"[^"]+ hint: \[[\w.-]{10,16}!?\]/)
    }
  })

  test(`${path} is for POST only: 43002, with a token or without`, async () => {
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      assertRefused(answerOf(await send(urlOf(path), { method })), 43002)
      assertRefused(answerOf(await send(server.url + path, { method })), 43002)
    }
  })

  test(`${path} without a body is 44002`, async () => {
    for (const body of ['', ' \r\n\t']) assertRefused(answerOf(await post(path, body)), 44002)
  })
}

const CONTENT_TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=GBK',
  'application/x-www-form-urlencoded',
  'text/plain',
  'text/html',
  'text/xml',
  'multipart/form-data; boundary=x',
  'application/octet-stream',
  'json',
  '',
  ';;;',
]

for (const type of CONTENT_TYPES) {
  test(`a body is JSON whatever its Content-Type is: ${JSON.stringify(type)}`, async () => {
    assert.equal(answerOf(await post('/card/get', JSON.stringify({ card_id }), { 'content-type': type })).errcode, 0)
  })
}

test('a body is JSON without a Content-Type too', async () => {
  assert.equal(answerOf(await post('/card/get', JSON.stringify({ card_id }))).errcode, 0)
})

test('a body sent as a form is not decoded: percent signs, plus signs and ampersands are as they stand', async () => {
  const title = '100%+a&b=c %28'
  const received = await post('/card/create', JSON.stringify(cardBody('GROUPON', { title })), {
    'content-type': 'application/x-www-form-urlencoded',
  })
  const { base_info } = await getCard(client, String(answerOf(received)['card_id']))
  assert.equal(base_info['title'], title)
})

test('a body may be written with escapes, with blanks between its parts, with a byte order mark, or in chunks', async () => {
  const escaped = JSON.stringify(cardBody())
    .replaceAll('/', String.raw`\/`)
    .replaceAll(/[\u0080-\uFFFF]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`)
  const { card_id } = answerOf(await post('/card/create', escaped))
  assert.equal((await getCard(client, String(card_id))).base_info['title'], '双人套餐')
  for (const body of [`\n\t{ "card_id" :\r\n "${String(card_id)}" } \n`, `\uFEFF{"card_id":"${String(card_id)}"}`]) {
    assert.equal(answerOf(await post('/card/get', body)).errcode, 0)
  }
  const chunks = new Blob([`{"card_id":`, `"${String(card_id)}"}`]).stream()
  const response = await fetch(urlOf('/card/get'), { method: 'POST', body: chunks, duplex: 'half' })
  assert.equal(((await response.json()) as Answer).errcode, 0)
})

test('a body that is not an object is 47001', async () => {
  for (const body of ['null', '[]', '0', '"card_id"', 'true', '[{"card_id":"x"}]']) {
    assertRefused(answerOf(await post('/card/get', body)), 47001, 'the body is not a JSON object')
  }
})

test('a field of another type is named together with the type that it has to have', async () => {
  for (const [path, body, told] of [
    ['/card/code/get', { code: 866_887_610_130 }, 'code is not a string'],
    ['/card/code/get', { code: '1', check_consume: 'maybe' }, 'check_consume is not a boolean'],
    ['/card/batchget', { offset: 'first', count: 1 }, 'offset is not an integer'],
    ['/card/batchget', { offset: 0, count: 1, status_list: [1] }, 'status_list is not an array of strings'],
    ['/card/code/checkcode', { card_id, code: '1' }, 'code is not an array of strings'],
    ['/card/code/checkcode', { card_id, code: [true] }, 'code is not an array of strings'],
    ['/card/create', { card: 'GROUPON' }, 'card is not a JSON object'],
  ] as const) {
    assertRefused(answerOf(await post(path, JSON.stringify(body))), 47001, told)
  }
})

test('Chinese is answered as it is, in UTF-8', async () => {
  const { text, headers } = await post('/card/get', JSON.stringify({ card_id }))
  assert.match(text, /"title":"双人套餐"/)
  assert.match(String(headers['content-type']), /charset=utf-8/i)
})

test('an answer is valid JSON whatever a text holds', async () => {
  const description = '\u0001\u0008\u001F\u007F\u2028"\\</script>'
  const made = await client.ok('/card/create', cardBody('GROUPON', { description }))
  const received = await post('/card/get', JSON.stringify({ card_id: made['card_id'] }))
  assert.ok(
    Buffer.from(received.text).every((byte) => byte >= 0x20),
    'a raw control character',
  )
  const { base_info } = await getCard(client, String(made['card_id']))
  assert.equal(base_info['description'], description)
})

test('a place that nobody serves answers JSON too', async () => {
  for (const path of [
    '/',
    '/card',
    '/card/nothing',
    '/card/get/',
    '/favicon.ico',
    '/..%2f..%2fetc%2fpasswd',
    '/%',
    '/%00',
  ]) {
    for (const method of ['GET', 'POST', 'PUT']) {
      const { errcode, errmsg } = answerOf(await send(urlOf(path), { method, body: method === 'GET' ? '' : '{}' }))
      assert.ok(Number.isInteger(errcode) && errcode !== 0, errmsg)
    }
  }
})

test('a path that cannot be decoded is one that nobody serves: 40066', async () => {
  for (const path of ['/card/%zz', '/%', '/card/get%']) {
    for (const method of ['GET', 'POST']) assertRefused(answerOf(await send(urlOf(path), { method })), 40066, path)
  }
})

test('two refusals carry two hint ids, which hold nothing that could be taken for an errcode', async () => {
  const errmsgs = await Promise.all(
    Array.from({ length: 20 }, async () => (await client.post('/card/get', { card_id: 'x' })).errmsg),
  )
  assert.equal(new Set(errmsgs).size, 20)
  for (const errmsg of errmsgs) assert.doesNotMatch(errmsg, /4[02]001/)
})
