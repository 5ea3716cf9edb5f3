import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { getJson, type Answer } from '../support/client.ts'
import { send } from '../support/raw.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, runCli, startServer, type Merchant } from '../support/server.ts'
import { everyByteOf } from '../support/place.ts'

const server = await startServer()
after(() => server.stop())
const [merchant, other] = await Promise.all([makeMerchant(server), makeMerchant(server)])

type Parameters = Record<string, string | boolean | undefined>

const withGrant = (more: Parameters): Parameters => ({ grant_type: 'client_credential', ...merchant, ...more })

const queryOf = (parameters: Parameters): string => {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined)
  return new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()
}

const getToken = (more: Parameters = {}): Promise<Answer> =>
  getJson(`${server.url}/cgi-bin/token?${queryOf(withGrant(more))}`)

const getStable = (more: Parameters = {}): Promise<Answer> =>
  getJson(`${server.url}/cgi-bin/stable_token`, JSON.stringify(withGrant(more)))

const use = (access_token: unknown): Promise<Answer> =>
  getJson(`${server.url}/card/batchget?access_token=${String(access_token)}`, '{"offset":0,"count":1}')

const worksNow = async (access_token: unknown): Promise<boolean> => (await use(access_token)).errcode === 0

test('a token is answered without errcode, for two hours', async () => {
  const answer = await getToken()
  assert.deepEqual(Object.keys(answer).sort(), ['access_token', 'expires_in'])
  assert.equal(answer['expires_in'], 7200)
  assert.match(String(answer['access_token']), /^[\w-]{32,512}$/)
  assert.ok(await worksNow(answer['access_token']))
})

test('a token may be asked for by POST too: with a query, with JSON, with a form', async () => {
  const url = `${server.url}/cgi-bin/token`
  for (const { access_token } of [
    await getJson(`${url}?${queryOf(withGrant({}))}`, ''),
    await getJson(url, JSON.stringify(withGrant({}))),
    await getJson(url, queryOf(withGrant({}))),
  ]) {
    assert.ok(await worksNow(access_token))
  }
})

test('two programs of one merchant fetch a token each, and both tokens work', async () => {
  const tokens = [await getToken(), await getToken(), await getToken()].map(({ access_token }) => access_token)
  assert.equal(new Set(tokens).size, 3)
  for (const token of tokens) assert.ok(await worksNow(token))
})

test('programs that fetch their tokens at the same moment all get one that works', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => getToken()))
  for (const { access_token } of answers) assert.ok(await worksNow(access_token))
})

test('a grant_type that is none, or absent, is 40002', async () => {
  for (const grant_type of ['authorization_code', '', undefined]) {
    assertRefused(await getToken({ grant_type }), 40002)
    assertRefused(await getStable({ grant_type }), 40002)
  }
})

test('an unknown appid is 40013, and none 41002', async () => {
  for (const ask of [getToken, getStable]) {
    assertRefused(await ask({ appid: 'wx0000000000000000' }), 40013)
    assertRefused(await ask({ appid: 'wx\0' }), 40013)
    assertRefused(await ask({ appid: undefined }), 41002)
    assertRefused(await ask({ appid: '' }), 41002)
  }
})

test('a wrong secret is 40125, and none 41004', async () => {
  for (const ask of [getToken, getStable]) {
    assertRefused(await ask({ secret: 'x'.repeat(32) }), 40125)
    assertRefused(await ask({ secret: undefined }), 41004)
    assertRefused(await ask({ secret: '' }), 41004)
  }
})

test('the secret of another merchant is 40125', async () => {
  assertRefused(await getToken({ secret: other.secret }), 40125)
})

test('the stable token is for POST only: 43002, and its body is JSON: 44002, 47001', async () => {
  assertRefused(await getJson(`${server.url}/cgi-bin/stable_token?${queryOf(withGrant({}))}`), 43002)
  assertRefused(await getJson(`${server.url}/cgi-bin/stable_token`, ''), 44002)
  assertRefused(await getJson(`${server.url}/cgi-bin/stable_token`, '{"grant_type":'), 47001)
})

test('the stable token is the same for everyone who asks, apart from the other kind of token', async () => {
  const first = await getStable()
  assert.deepEqual(Object.keys(first).sort(), ['access_token', 'expires_in'])
  const { access_token: plain } = await getToken()
  const again = await getStable({ force_refresh: false })
  assert.equal(again['access_token'], first['access_token'])
  assert.notEqual(plain, first['access_token'])
  for (const { expires_in } of [first, again]) assert.ok(Number(expires_in) > 300 && Number(expires_in) <= 7200)
  assert.ok(await worksNow(first['access_token']))
  assert.ok(await worksNow(plain))
})

test('a forced stable token ends the one before at once, and is not forced again within 30 seconds', async () => {
  const { access_token: first } = await getStable({ ...other })
  assert.ok(await worksNow(first))
  const { access_token: forced } = await getStable({ ...other, force_refresh: true })
  assert.notEqual(forced, first)
  assert.ok(await worksNow(forced))
  assertRefused(await use(first), 40001)

  const { access_token: again } = await getStable({ ...other, force_refresh: 'true' })
  assert.equal(again, forced)
  const { access_token: asked } = await getStable({ ...other })
  assert.equal(asked, forced)
})

test('an unknown token is 40001, however it looks', async () => {
  const { access_token } = await getToken()
  for (const token of ['x', 'null', `${String(access_token)}x`, String(access_token).slice(1), '%00', 'a%20b']) {
    assertRefused(await use(token), 40001)
  }
})

test('no token is 41001', async () => {
  assertRefused(await use(''), 41001)
  assertRefused(await getJson(`${server.url}/card/batchget`, '{}'), 41001)
})

test('who asks is judged before what is asked', async () => {
  assertRefused(await getJson(`${server.url}/card/get?access_token=x`, ''), 40001)
  assertRefused(await getJson(`${server.url}/card/get?access_token=x`, '{'), 40001)
  assertRefused(await getJson(`${server.url}/card/get`, '{'), 41001)
})

test('the token may stand anywhere in the query', async () => {
  const { access_token } = await getToken()
  const answer = await getJson(
    `${server.url}/card/batchget?type=wx_card&access_token=${String(access_token)}&x=1`,
    '{"offset":0,"count":1}',
  )
  assert.equal(answer.errcode, 0)
})

test('two tokens at once are refused', async () => {
  const { access_token } = await getToken()
  assertRefused(await use(`${String(access_token)}&access_token=x`), 40001)
})

test('neither secret nor token is in what the server keeps', async () => {
  const { access_token } = await getToken()
  const { access_token: stable } = await getStable()
  const kept = await everyByteOf(server.data_dir)
  assert.ok(kept.some((bytes) => bytes.includes(merchant.appid)))
  for (const bytes of kept) {
    for (const secret of [merchant.secret, access_token, stable]) assert.ok(!bytes.includes(String(secret)))
  }
})

test('a merchant with an ip_allowlist gets tokens only from those addresses: 40164', async () => {
  const set = async (list: string) => {
    const args = ['merchant', 'set', other.appid, `ip_allowlist=${list}`]
    assert.equal((await runCli(args, { DATA_DIR: server.data_dir })).code, 0)
  }
  await set('10.0.0.0/8,192.168.1.7')
  const answer = await getToken({ ...other })
  await set('10.0.0.0/8,127.0.0.1,::1')
  assertRefused(answer, 40164)
  assert.match(answer.errmsg, /^invalid ip .*127\.0\.0\.1.*, not in whitelist/)
  assert.ok(await worksNow((await getToken({ ...other }))['access_token']))
})

test('a new secret shuts out the old one and its tokens', async () => {
  const { access_token } = await getToken({ ...other })
  assert.ok(await worksNow(access_token))
  const { stdout } = await runCli(['merchant', 'secret', other.appid, '--json'], { DATA_DIR: server.data_dir })
  const { secret } = JSON.parse(stdout) as Merchant
  assertRefused(await getToken({ ...other }), 40125)
  assert.ok(await worksNow((await getToken({ ...other, secret }))['access_token']))
  // The command line is another process: the server learns of it within a second or two.
  const deadline = Date.now() + 5000
  while ((await worksNow(access_token)) && Date.now() < deadline);
  assertRefused(await use(access_token), 40001)
})

test('120 tokens in a minute always pass, a loop without end does not: 45009', async () => {
  const looping = await makeMerchant(server)
  const ask = async (times: number) => {
    const answers: Answer[] = []
    for (let asked = 0; asked < times; asked += 20) {
      answers.push(...(await Promise.all(Array.from({ length: 20 }, () => getToken({ ...looping })))))
    }
    return answers
  }
  for (const answer of await ask(120)) assert.equal(answer.errcode, undefined, answer.errmsg)
  const refused = (await ask(180)).filter(({ errcode }) => errcode !== undefined)
  assert.ok(refused.length > 0)
  for (const answer of refused) assertRefused(answer, 45009)
  assert.ok(await worksNow((await getToken())['access_token']), 'another merchant is not held up')
})

test('a loop with a wrong secret is stopped too', async () => {
  const answers = await Promise.all(
    Array.from({ length: 300 }, () => getToken({ appid: 'wx0123456789abcdef', secret: 'x'.repeat(32) })),
  )
  assert.ok(answers.some(({ errcode }) => errcode === 45009))
})

for (const [what, path, more, appid] of [
  ['in the query of a stable token', 'stable_token?appid=$', {}, 'wx00000000000000f1'],
  ['in a text of its body', 'token', { x: 'appid=$' }, 'wx00000000000000f2'],
  ['in a text of its body, for a stable token', 'stable_token', { x: 'appid=$' }, 'wx00000000000000f3'],
  ['inside another member', 'token', { x: { appid: '$' } }, 'wx00000000000000f4'],
] as const) {
  test(`a loop is stopped though each request names another appid where none is read: ${what}`, async () => {
    const own = withGrant({ appid, secret: 'x'.repeat(32) })
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, n) => {
        const fill = (text: string): string => text.replace('$', `wx${n}`)
        return getJson(`${server.url}/cgi-bin/${fill(path)}`, fill(JSON.stringify({ ...more, ...own })))
      }),
    )
    assert.ok(answers.some(({ errcode }) => errcode === 45009))
  })
}

test('a loop with bodies that make no sense is stopped too', async () => {
  for (const path of ['token', 'stable_token']) {
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, n) => getJson(`${server.url}/cgi-bin/${path}`, `{"appid":"r${n}",`)),
    )
    assert.ok(answers.some(({ errcode }) => errcode === 45009))
  }
})

test('a token request that is refused for its number answers 200 and JSON', async () => {
  const url = `${server.url}/cgi-bin/token?${queryOf(withGrant({ appid: 'wx0123456789abcdef' }))}`
  const { status, headers, text } = await send(url, { method: 'GET' })
  assert.equal(status, 200)
  assert.match(String(headers['content-type']), /^application\/json/)
  assert.equal((JSON.parse(text) as Answer).errcode, 45009)
})
