import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { createCard, newOpenid, receive } from '../support/acts.ts'
import { connect, type Answer } from '../support/client.ts'
import { bodyOf, FULL_CARDS } from '../support/full-cards.ts'
import { getAt, pathsOf, withAt } from '../support/paths.ts'
import { send } from '../support/raw.ts'
import { makeMerchant, runCli, startServer } from '../support/server.ts'

/**
 * Whatever is sent, the server answers 200, JSON and an integer errcode, tells nothing of its insides, and its rows
 * still follow from its facts. `SEED=… node --test` repeats a run.
 */

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)

const server = await startServer()
after(() => server.stop())
const merchant = await makeMerchant(server)
const client = await connect(server.url, merchant)
const sandbox = await connect(server.url, await makeMerchant(server, '--sandbox'))

const card_id = await createCard(client, 'GROUPON', { get_limit: 1_000_000, sku: { quantity: 1_000_000 } })
const custom_card_id = await createCard(client, 'GROUPON', { use_custom_code: true, get_limit: 1_000_000 })
const openid = newOpenid()
const code = await receive(client, card_id, openid)

/** A body of each endpoint with every field it knows. */
const BODIES: Record<string, object> = {
  '/card/get': { card_id },
  '/card/batchget': { offset: 0, count: 10, status_list: ['CARD_STATUS_VERIFY_OK'] },
  '/card/delete': { card_id: 'pFS7Fjg8kV1IdDz01r4SQwMkuCKc' },
  '/card/modifystock': { card_id, increase_stock_value: 1, reduce_stock_value: 1 },
  '/card/user/getcardlist': { openid, card_id },
  '/card/code/get': { code, card_id, check_consume: true },
  '/card/code/consume': { code: '110201201245', card_id },
  '/card/code/unavailable': { code: '110201201245', card_id, reason: '退款' },
  '/wallet/view': { card_id, openid, code, outer_str: '海报' },
  '/wallet/receive': { card_id: custom_card_id, openid, code: 'X1', ticket: '', outer_str: '海报' },
  '/sandbox/clock': { now: 1_900_000_000, advance: 1 },
  '/cgi-bin/token': { grant_type: 'client_credential', ...merchant },
  '/cgi-bin/stable_token': { grant_type: 'client_credential', ...merchant, force_refresh: false },
}

const urlOf = (path: string): string => {
  const { access_token } = path.startsWith('/sandbox') ? sandbox : client
  return `${server.url}${path}?access_token=${access_token}`
}

async function assertSound(path: string, body: string | Uint8Array, url = urlOf(path)): Promise<void> {
  const { status, headers, text } = await send(url, { body })
  assert.equal(status, 200)
  assert.match(String(headers['content-type']), /^application\/json/)
  assert.doesNotMatch(text, / {4}at |SQLITE|\.[jt]s:|node:internal|<html/i)
  const { errcode, access_token } = JSON.parse(text) as Answer
  if (access_token !== undefined) return
  assert.ok(Number.isInteger(errcode), text)
  assert.notEqual(errcode, -1, `a fault of the server: ${text}`)
}

/** JSON texts that have broken programs before. */
const NASTY = {
  little: ['null', 'true', 'false', '""', '" "', '[]', '{}', '[[]]', '[null]', '[{}]', '{"":null}'],
  numbers: ['0', '-0', '-1', '1.5', '1e400', '-1e400', '1e-400', '2147483648', '4294967296', '1e15'],
  long_numbers: ['9007199254740993', '12345678901234567890123', '"9999999999999999"'],
  nearly_numbers: ['"0"', '"-1"', '"007"', '"1e3"', '"0x10"', '"１２"', '"NaN"', '"true "', '"TRUE"'],
  letters: [String.raw`"\ud800"`, String.raw`"\udfff\ud83d"`, String.raw`"\u0000"`, String.raw`"\u202e\ufeff"`, '"🍲"'],
  names: ['"__proto__"', '"constructor"', '"toString"', '{"__proto__":{"title":"x"}}', '{"then":"x"}'],
  objects: ['{"constructor":{"prototype":{"x":1}}}', '{"length":1e9}', '{"toString":1,"valueOf":null}'],
  large: [`"${'x'.repeat(70_000)}"`, `"${'海'.repeat(1025)}"`, `[${'0,'.repeat(20_000)}0]`],
  deep: [`${'['.repeat(5000)}${']'.repeat(5000)}`, `${'{"x":'.repeat(5000)}0${'}'.repeat(5000)}`],
  attacks: [`"' or 1=1 --"`, String.raw`"%s%n$where\\\"; drop table card; --"`, '"../../etc/passwd"'],
}

const jsonText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...Object.values(NASTY).flat()) },
  { weight: 2, arbitrary: fc.jsonValue({ stringUnit: 'binary', maxDepth: 3 }).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 100 }).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.maxSafeInteger().map(String) },
  { weight: 1, arbitrary: fc.double().map((value) => JSON.stringify(value)) },
)

const MARK = 'WRONG-TYPE-HERE'

/** The body with a JSON text in the place of one field. */
const bodyWith = (body: object, path: string, json: string): string =>
  JSON.stringify(withAt(body, path, MARK)).replace(`"${MARK}"`, () => json)

/** Puts some wrong values into each of the fields. */
async function throwAtFields(endpoint: string, body: object, paths: readonly string[], numRuns: number): Promise<void> {
  for (const path of paths) {
    const property = fc.asyncProperty(fc.constant(`${endpoint} ${path}`), jsonText, (_field, json) =>
      assertSound(endpoint, bodyWith(body, path, json)),
    )
    await fc.assert(property, { seed, numRuns })
  }
}

test('the seed of this run', (t) => t.diagnostic(`seed ${seed}`))

for (const [endpoint, body] of Object.entries(BODIES)) {
  test(`anything in each field of ${endpoint} is answered`, () => throwAtFields(endpoint, body, pathsOf(body), 25))
}

for (const card of FULL_CARDS) {
  const body = bodyOf(card)
  const key = `card.${card.card_type.toLowerCase()}`
  const inType = pathsOf(getAt(body, key)).filter(
    (path) => card === FULL_CARDS[0] || !/^(base|advanced)_info\./.test(path),
  )
  const paths = ['card', 'card.card_type', key, ...inType.map((path) => `${key}.${path}`)]
  test(`anything in each field of a ${card.card_type} is answered`, () => throwAtFields('/card/create', body, paths, 8))
}

const endpoints = fc.constantFrom('/card/create', ...Object.keys(BODIES))

test('any JSON as a body is answered', () =>
  fc.assert(
    fc.asyncProperty(endpoints, jsonText, (endpoint, json) => assertSound(endpoint, json)),
    { seed, numRuns: 300 },
  ))

test('any text as a body is answered', () =>
  fc.assert(
    fc.asyncProperty(endpoints, fc.string({ unit: 'binary', maxLength: 300 }), (endpoint, text) =>
      assertSound(endpoint, text),
    ),
    { seed, numRuns: 200 },
  ))

test('any bytes as a body are answered', () =>
  fc.assert(
    fc.asyncProperty(endpoints, fc.uint8Array({ maxLength: 300 }), (endpoint, bytes) => assertSound(endpoint, bytes)),
    { seed, numRuns: 200 },
  ))

test('a body with any piece cut out of it or put into it is answered', () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.entries(BODIES), ...FULL_CARDS.map((card) => ['/card/create', bodyOf(card)] as const)),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(5),
      fc.constantFrom('', ',', '"', '{', '}', '[', ']', ':', '\\', '\n', '\u0000', '//', '0', 'é'),
      ([endpoint, body], where, length, put) => {
        const json = JSON.stringify(body)
        const at = Math.floor(where * json.length)
        return assertSound(endpoint, json.slice(0, at) + put + json.slice(at + length))
      },
    ),
    { seed, numRuns: 300 },
  ))

test('any query is answered', () => {
  const names = fc.constantFrom('access_token', 'appid', 'secret', 'grant_type', '__proto__', 'x', 'access_token[]')
  const query = fc.array(fc.tuple(names, fc.string({ unit: 'binary', maxLength: 30 })), { maxLength: 5 })
  const written = fc.oneof(
    query.map((pairs) => new URLSearchParams(pairs).toString()),
    fc.stringMatching(/^[\w%&=?;+.~-]{0,60}$/),
  )
  return fc.assert(
    fc.asyncProperty(endpoints, written, (endpoint, query) =>
      assertSound(endpoint, '{}', `${server.url}${endpoint}?${query}`),
    ),
    { seed, numRuns: 300 },
  )
})

test('after all that the server serves as before', async () => {
  const answer = await client.ok('/card/code/get', { code })
  assert.equal(answer['user_card_status'], 'NORMAL')
  await client.ok('/card/code/consume', { code: await receive(client, card_id) })
})

test('after all that every row follows from the facts', async () => {
  const { code, stdout } = await runCli(['verify', '--json'], { DATA_DIR: server.data_dir })
  const { clean, differences } = JSON.parse(stdout) as { clean: boolean; differences: string[] }
  assert.deepEqual({ code, clean, differences }, { code: 0, clean: true, differences: [] })
})
