import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { after, test } from 'node:test'
import { createCard, receive } from '../support/acts.ts'
import { cardBody } from '../support/cards.ts'
import { connect, type Answer } from '../support/client.ts'
import { send, speak } from '../support/raw.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'

/** Bodies that are not JSON, not UTF-8 or too large, and requests that are hardly HTTP. */

const server = await startServer({ LOG_LEVEL: 'silent' })
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server))

const target = (path: string): string => `${path}?access_token=${client.access_token}`

async function post(path: string, body: string | Uint8Array): Promise<Answer> {
  const { status, headers, text } = await send(server.url + target(path), { body })
  assert.equal(status, 200)
  assert.match(String(headers['content-type']), /^application\/json/)
  assert.doesNotMatch(text, / {4}at |SQLITE|\.[jt]s:/)
  return JSON.parse(text) as Answer
}

const card_id = await createCard(client)
const assertAlive = () => client.ok('/card/get', { card_id })

/** Samples of the specification that are no JSON, and the text at which they stop being it. */
const SAMPLES: Record<string, [sample: string, at: string]> = {
  'a comment': [
    '{\n  "card_id":"ph_gmt7cUVrlRk8swPwx7aDyF-pg",\n  "member_card": {        //填写该cardid相应的卡券类型（小写）。\n',
    '//填写该cardid相应的卡券类型',
  ],
  'a comma that is missing': [
    '{"member_card":{"base_info":{\n"description": "不可与其他优惠同享"\n   "location_id_list" : [123, 12321, 345345]}}}',
    '"location_id_list" : [123,',
  ],
  'a comma that is missing after a list': [
    '{"location_id_list" : [123, 12321, 345345]\n               "custom_url_name": "立即使用"}',
    '"custom_url_name": "立即使用"',
  ],
  'a comma that is missing after a number': [
    '{"sku": {\n                   "quantity": 0\n                   "total_quantity":1000\n}}',
    '"total_quantity":1000',
  ],
  'typographic quotes': ['{\n  “card_id”:“ph_gmt7cUVrlRk8swPwx7aDyF-pg“,\n "is_open": true\n}', '“card_id”:“ph_gmt'],
  'a comma before the end': ['{\n"errcode":0,\n"errmsg":"ok",\n}', '}'],
  'one brace too many': ['{\n"user_card_status": "NORMAL",\n"can_consume":"true"\n  }\n}', '}'],
  'braces of full width': ['｛\n "begin_date":"2015-06-15",\n "cond_source":  0\n｝', '｛\n "begin_date"'],
  'a comment after a member': [
    '{"begin_date":"2015-06-15",  //请开发者按示例格式填写日期，否则会报错date format error\n "cond_source":0}',
    '//请开发者按示例格式填写日期',
  ],
  'single quotes': ["{'card_id':'x'}", "'card_id'"],
  'a name without quotes': ['{card_id:"x"}', 'card_id:"x"'],
  'an end that is missing': ['{"card_id":"x"', ''],
  'a value that is missing': ['{"card_id":}', '}'],
  'a form': ['card_id=x&code=1', 'card_id=x'],
  XML: ['<xml><card_id>x</card_id></xml>', '<xml><card_id>'],
}

for (const [name, [sample, at]] of Object.entries(SAMPLES)) {
  test(`${name} is 47001, with the text before which the error is`, async () => {
    for (const path of ['/card/create', '/card/code/get', '/wallet/receive']) {
      const answer = await post(path, sample)
      assertRefused(answer, 47001, /^Error before ".*"$/su)
      assert.ok(answer.errmsg.includes(`Error before "${at}`), answer.errmsg)
    }
  })
}

test('a body that is not UTF-8 is refused as such: 40033', async () => {
  for (const body of [
    Buffer.from('{"card_id":"双人"}', 'utf16le'),
    Buffer.from('{"card_id":"\xFF\xFE"}', 'latin1'),
    Buffer.from([0x7b, 0x22, 0xe5, 0x8f, 0x22, 0x7d]),
    Buffer.from([0x80]),
  ]) {
    assertRefused(await post('/card/get', body), 40033)
  }
})

test('half a character of two parts, or a NUL, in a text is refused and nothing is stored', async () => {
  for (const escaped of [String.raw`\ud800`, String.raw`\udc00`, String.raw`\udc00\ud800`, String.raw`\u0000`]) {
    const body = JSON.stringify(cardBody('GROUPON', { title: 'TITLE' })).replace('TITLE', `x${escaped}`)
    assertRefused(await post('/card/create', body), 40033)
    assertRefused(await post('/card/code/get', `{"code":"${escaped}"}`), 40033)
    const answer = await post('/wallet/receive', `{"card_id":"${card_id}","openid":"o","outer_str":"${escaped}"}`)
    assertRefused(answer, 40033)
  }
  assert.equal((await client.ok('/card/batchget', { offset: 0, count: 1 }))['total_num'], 1)
  assert.deepEqual((await client.ok('/card/user/getcardlist', { openid: 'o' }))['card_list'], [])
})

test('JSON nested a hundred thousand deep is answered', async () => {
  const deep = 100_000
  for (const body of [
    '['.repeat(deep),
    '['.repeat(deep) + ']'.repeat(deep),
    '{"card_id":'.repeat(deep) + '0' + '}'.repeat(deep),
    `{"card":{"card_type":"GROUPON","groupon":${'['.repeat(deep)}${']'.repeat(deep)}}}`,
    `{"card_id":"${card_id}","x":${'['.repeat(deep)}${']'.repeat(deep)}}`,
  ]) {
    for (const path of ['/card/get', '/card/create']) {
      assert.ok(Number.isInteger((await post(path, body)).errcode))
    }
  }
  await assertAlive()
})

test('a body over a mebibyte is refused, and nothing of it is done', async () => {
  const long = JSON.stringify({ ...cardBody(), x: 'x'.repeat(2 ** 20) })
  assert.notEqual((await post('/card/create', long)).errcode, 0)
  assert.notEqual((await post('/card/create', JSON.stringify({ x: 'x'.repeat(2 ** 23) }))).errcode, 0)
  assert.equal((await client.ok('/card/batchget', { offset: 0, count: 1 }))['total_num'], 1)
})

test('a body just under a mebibyte is read', async () => {
  const body = JSON.stringify({ card_id, x: 'x'.repeat(2 ** 20 - 100) })
  assert.equal((await post('/card/get', body)).errcode, 0)
})

test('a large body with a wrong token is 40001, as a small one is', async () => {
  const { status, text } = await send(`${server.url}/card/get?access_token=x`, { body: 'x'.repeat(2 ** 21) })
  assert.equal(status, 200)
  assertRefused(JSON.parse(text) as Answer, 40001)
})

test('forty megabytes do not bring the server down', async () => {
  // The server may cut the connection before it has read all that.
  await send(server.url + target('/card/get'), { body: 'x'.repeat(40_000_000) }).catch(() => undefined)
  await assertAlive()
})

const BODY = '{"offset":0,"count":1}'
const head = (...lines: string[]): string => [...lines, 'Connection: close', '', ''].join('\r\n')
const request = (...lines: string[]): string =>
  head(`POST ${target('/card/batchget')} HTTP/1.1`, ...lines, `Content-Length: ${BODY.length}`) + BODY

/** Requests that break a rule of HTTP. */
const HARDLY_HTTP: Record<string, string> = {
  'a header of a hundred kilobytes': request('Host: x', `X: ${'x'.repeat(100_000)}`),
  'three thousand headers': request('Host: x', ...Array.from({ length: 3000 }, (_, at) => `X${at}: x`)),
  'a URL of a hundred kilobytes': head(`POST ${target('/card/batchget')}&x=${'x'.repeat(100_000)} HTTP/1.1`, 'Host: x'),
  'a header without a colon': request('Host: x', 'Bad Header'),
  'no Host': request(),
  'an expectation that nobody can meet': request('Host: x', 'Expect: miracles'),
  'a method that is none': head(`FOO ${target('/card/batchget')} HTTP/1.1`, 'Host: x'),
  'the method CONNECT': head('CONNECT example.com:443 HTTP/1.1', 'Host: example.com:443'),
  'the method TRACE': head(`TRACE ${target('/card/batchget')} HTTP/1.1`, 'Host: x'),
  'the method PROPFIND': head(`PROPFIND ${target('/card/batchget')} HTTP/1.1`, 'Host: x'),
  'the method QUERY': head(`QUERY ${target('/card/batchget')} HTTP/1.1`, 'Host: x'),
  'OPTIONS for everything': head('OPTIONS * HTTP/1.1', 'Host: x'),
  'two lengths': request('Host: x', 'Content-Length: 3'),
  'a length below zero': head(`POST ${target('/card/batchget')} HTTP/1.1`, 'Host: x', 'Content-Length: -1') + BODY,
  'a chunk without a size':
    head(`POST ${target('/card/batchget')} HTTP/1.1`, 'Host: x', 'Transfer-Encoding: chunked') + 'zz\r\n',
  'the beginning of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'the beginning of TLS': '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u007F\u0003\u0003',
  'no HTTP at all': 'hello\r\n\r\n',
}

for (const [name, bytes] of Object.entries(HARDLY_HTTP)) {
  test(`${name} is answered 200 with JSON and an errcode`, async () => {
    const heard = await speak(server.url, bytes)
    assert.match(heard, /^HTTP\/1\.1 200 /)
    assert.match(heard, /^content-type: application\/json/im)
    const { errcode } = JSON.parse(heard.slice(heard.indexOf('\r\n\r\n') + 4)) as Answer
    assert.ok(Number.isInteger(errcode))
    await assertAlive()
  })
}

test('a request that is cut off in the middle does nothing', async () => {
  const before = await client.ok('/card/get', { card_id })
  const body = JSON.stringify({ card_id, openid: 'o-cut-off' })
  const whole = head(`POST ${target('/wallet/receive')} HTTP/1.1`, 'Host: x', `Content-Length: ${body.length}`) + body
  const { hostname, port } = new URL(server.url)
  const socket = connectSocket({ host: hostname, port: Number(port) })
  await once(socket, 'connect')
  socket.end(whole.slice(0, -5))
  socket.resume()
  await once(socket, 'close')
  assert.deepEqual(await client.ok('/card/get', { card_id }), before)
})

test('a client that asks for compression, an upgrade or a range is answered as ever', async () => {
  for (const headers of [
    { 'accept-encoding': 'gzip, deflate, br' },
    { connection: 'Upgrade', upgrade: 'h2c' },
    { range: 'bytes=0-10' },
    { 'if-none-match': '*' },
    { accept: 'text/html' },
    { expect: '100-continue' },
  ]) {
    const { status, text } = await send(server.url + target('/card/batchget'), { headers, body: BODY })
    assert.equal(status, 200)
    assert.equal((JSON.parse(text) as Answer).errcode, 0)
  }
})

test('several requests down one connection are answered in order', async () => {
  const code = await receive(client, card_id)
  const one = (path: string, body: string): string =>
    `POST ${target(path)} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const last = head(`POST ${target('/card/code/get')} HTTP/1.1`, 'Host: x', 'Content-Length: 2') + '{}'
  const heard = await speak(
    server.url,
    one('/card/code/get', `{"code":"${code}"}`) + one('/card/code/consume', `{"code":"${code}"}`) + last,
  )
  const errcodes = [...heard.matchAll(/"errcode":(-?\d+)/g)].map(([, errcode]) => Number(errcode))
  assert.deepEqual(errcodes, [0, 0, 41013])
})
