import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createCard, getCard, newOpenid } from '../support/acts.ts'
import { connect, getJson, type Answer } from '../support/client.ts'
import { launch } from '../support/launch.ts'
import { makeMerchant, newFolder, runCli, startServer, type TestServer } from '../support/server.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/kaquan.js')
const run = promisify(execFile)

/** Whoever stops a service waits about so long before he uses force. */
const SOON_MS = 5000

suite('a setting that makes no sense stops the start with one line that names it', { concurrency: 2 }, () => {
  const folder = newFolder()
  const file = join(folder, 'file')
  writeFileSync(file, '')
  for (const [name, value] of [
    ['PORT', '65536'],
    ['HOST', '999.999.999.999'],
    ['TIME_ZONE', 'Mars/Olympus_Mons'],
    ['DEMO', 'perhaps'],
    ['LOG_LEVEL', 'loud'],
    ['PUBLIC_URL', 'example.com'],
    ['DATABASE_URL', 'mysql://localhost/kaquan'],
    ['DATA_DIR', file],
  ] as const) {
    test(`${name}=${value.replace(file, 'a file')}`, async () => {
      const { code, stdout, stderr } = await runCli(['serve'], {
        PORT: '0',
        DEMO: '0',
        DATA_DIR: join(folder, 'data'),
        [name]: value,
      })
      assert.notEqual(code, 0)
      assert.match(stderr, new RegExp(`^.*${name}.*\n$`))
      assert.equal(stdout, '')
    })
  }
})

test('a port that someone else has stops the start with one line that names it', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  const { code, stdout, stderr } = await runCli(['serve'], { PORT: String(port), DEMO: '0', DATA_DIR: newFolder() })
  other.close()
  assert.notEqual(code, 0)
  assert.match(stderr, new RegExp(`^.*${port}.*\n$`))
  assert.equal(stdout, '')
})

test('a start that finds its port taken makes no demo merchant, whose secret nobody would see: the next one does', async () => {
  const DATA_DIR = newFolder()
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  const { code } = await runCli(['serve'], { PORT: String(port), DEMO: '1', DATA_DIR })
  other.close()
  assert.notEqual(code, 0)
  const next = await startServer({ DATA_DIR, DEMO: '1' })
  assert.match(next.output, /^secret\s+\S{16,}$/m)
  await next.stop()
})

test('data that cannot be opened stop the start with one line that names their setting', async () => {
  const garbage = newFolder()
  writeFileSync(join(garbage, 'kaquan.db'), 'x'.repeat(10_000))
  for (const [DATA_DIR, reason] of [
    [garbage, 'not a database'],
    ['/proc/kaquan/data', 'ENOENT'],
    [join(garbage, 'kaquan.db', 'data'), 'EEXIST'],
  ] as const) {
    const { code, stdout, stderr } = await runCli(['serve'], { PORT: '0', DEMO: '0', DATA_DIR, DATABASE_URL: '' })
    assert.notEqual(code, 0)
    assert.match(stderr, new RegExp(`^kaquan: DATA_DIR.*${reason}.*\n$`))
    assert.equal(stdout, '')
  }
  const nowhere = { PORT: '0', DEMO: '0', DATA_DIR: newFolder(), DATABASE_URL: 'postgres://127.0.0.1:1/kaquan' }
  const { code, stderr } = await runCli(['serve'], nowhere)
  assert.notEqual(code, 0)
  assert.match(stderr, /^kaquan: DATABASE_URL: .*ECONNREFUSED.*\n$/)
})

suite('the first start', () => {
  const DATA_DIR = join(newFolder(), 'made', 'by', 'the', 'server')
  let first: TestServer
  let appid = ''
  let secret = ''

  before(async () => {
    first = await startServer({ DATA_DIR, DEMO: '1' })
    appid = /^appid\s+(\S+)$/m.exec(first.output)?.[1] ?? ''
    secret = /^secret\s+(\S+)$/m.exec(first.output)?.[1] ?? ''
  })
  after(() => first.stop())

  test('prints the addresses, an appid and a secret', () => {
    assert.match(first.output, new RegExp(`${first.url}/card/`))
    assert.match(appid, /^wx[0-9a-f]{16}$/)
    assert.match(secret, /^\S{16,}$/)
  })

  test('prints a curl line that works', async () => {
    const [curl] = /curl '[^\n]*$/m.exec(first.output) ?? assert.fail('no curl line')
    const { stdout } = await run('sh', ['-c', `${curl} --silent --show-error`])
    assert.equal((JSON.parse(stdout) as { expires_in: number }).expires_in, 7200)
  })

  test('makes a card of every type, some of them received', async () => {
    const client = await connect(first.url, { appid, secret })
    const { card_id_list, total_num } = await client.ok('/card/batchget', { offset: 0, count: 50 })
    assert.equal(total_num, 11)
    const cards = await Promise.all((card_id_list as string[]).map((card_id) => getCard(client, card_id)))
    assert.equal(new Set(cards.map(({ card_type }) => card_type)).size, 11)
    assert.ok(cards.some(({ base_info: { sku } }) => sku.quantity < sku.total_quantity))
    for (const { card_type, base_info } of cards) {
      const { quantity } = base_info.sku
      assert.ok(quantity > 0, card_type)
      await client.ok('/wallet/receive', { card_id: base_info.id, openid: newOpenid() })
    }
  })

  test('makes rows that follow from its facts', async () => {
    const { code, stdout } = await runCli(['verify'], { DATA_DIR })
    assert.equal(code, 0, stdout)
  })

  test('is the only one that prints a secret: the next prints the addresses again', async () => {
    assert.equal(await first.stop(), 0)
    const second = await startServer({ DATA_DIR, DEMO: '1', PUBLIC_URL: 'https://cards.example.com/' })
    assert.match(second.output, /https:\/\/cards\.example\.com\/card\//)
    assert.doesNotMatch(second.output, /secret|appid/)
    assert.ok(!second.output.includes(secret))
    const client = await connect(second.url, { appid, secret })
    assert.equal((await client.ok('/card/batchget', { offset: 0, count: 1 }))['total_num'], 11)
    assert.equal(await second.stop(), 0)
  })
})

test('with DEMO=0 and empty settings, which count as unset, it starts empty and answers once it says so', async () => {
  const DATA_DIR = newFolder()
  const unset = { HOST: '', TIME_ZONE: '', PUBLIC_URL: '', DATABASE_URL: '' }
  const server = launch({ ...unset, DATA_DIR, DEMO: '0' })
  const url = await server.ready
  assert.equal((await getJson(`${url}/card/get`, '{}')).errcode, 41001)
  assert.match(server.written.stdout, /(^|\n)listening on http:\/\/127\.0\.0\.1:\d+\n$/)
  const { stdout } = await runCli(['merchant', 'list', '--json'], { DATA_DIR })
  assert.deepEqual(JSON.parse(stdout), { merchants: [] })

  // The connection of the request above is open still, and does not hold up the end.
  server.signal('SIGINT')
  assert.equal(await Promise.race([server.ended, setTimeout(SOON_MS, 'still running', { ref: false })]), 0)
})

test('a signal that comes right after the readiness line ends with 0', async () => {
  const server = launch({ DATA_DIR: newFolder(), DEMO: '0' })
  await server.ready
  server.signal('SIGTERM')
  assert.equal(await server.ended, 0)
})

test('SIGTERM ends with 0 once what was accepted is done, and what was answered is there afterwards', async () => {
  const server = await startServer()
  const merchant = await makeMerchant(server)
  const client = await connect(server.url, merchant)
  const card_id = await createCard(client, 'GROUPON', { sku: { quantity: 1000 } })
  const asked = Array.from({ length: 600 }, () => client.post('/wallet/receive', { card_id, openid: newOpenid() }))
  await Promise.race(asked)
  const exit = await Promise.race([server.stop(), setTimeout(SOON_MS, 'still running', { ref: false })])
  await server.kill()
  const answers = await Promise.allSettled(asked)
  const received = answers.filter(
    (answer): answer is PromiseFulfilledResult<Answer> => answer.status === 'fulfilled' && answer.value.errcode === 0,
  )
  assert.equal(exit, 0)
  assert.ok(received.length > 0)

  const again = await startServer({ DATA_DIR: server.data_dir })
  const later = await connect(again.url, merchant)
  assert.equal((await getCard(later, card_id)).base_info.sku.quantity, 1000 - received.length)
  await Promise.all(received.map(({ value }) => later.ok('/card/code/get', { code: value['code'] })))
  assert.equal(await again.stop(), 0)
})

test('the log tells every hint id and never a secret or a token, whatever is asked', async () => {
  const server = launch({ DATA_DIR: newFolder(), DEMO: '1', LOG_LEVEL: 'trace' })
  const url = await server.ready
  const appid = /^appid\s+(\S+)$/m.exec(server.written.stdout)?.[1] ?? ''
  const secret = /^secret\s+(\S+)$/m.exec(server.written.stdout)?.[1] ?? ''
  const query = `grant_type=client_credential&appid=${appid}&secret=${secret}`
  const token = String((await getJson(`${url}/cgi-bin/token?${query}`))['access_token'])
  const body = JSON.stringify({ grant_type: 'client_credential', appid, secret })
  const refusals = [
    await getJson(`${url}/card/get?access_token=${token}`, '{"card_id":"x"}'),
    await getJson(`${url}/card/get?access_token=${token}`, '{'),
    await getJson(`${url}/card/get?access_token=${token}`),
    await getJson(`${url}/nothing?access_token=${token}`, '{}'),
    await getJson(`${url}/%?access_token=${token}`, '{}'),
    await getJson(`${url}/cgi-bin/token/%?${query}`),
    await getJson(`${url}/cgi-bin/stable_token`, `${body},`),
    await getJson(`${url}/cgi-bin/stable_token`, body.replace('client_credential', 'x')),
  ]
  server.signal('SIGTERM')
  assert.equal(await server.ended, 0)
  for (const { errmsg } of refusals) {
    const hint = /hint: \[(.+?)\]/.exec(errmsg)?.[1]
    assert.ok(hint !== undefined && server.written.stderr.includes(hint), errmsg)
  }
  assert.ok(!server.written.stderr.includes(secret), 'the secret is in the log')
  assert.ok(!server.written.stderr.includes(token), 'a token is in the log')
})

/** A Node before 24 on this machine, as someone who never heard of npm scripts would use it. */
async function findOldNode(): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  for (const node of folders.map((folder) => join(folder, 'node')).filter((node) => existsSync(node))) {
    const version = await run(node, ['--version']).then(
      ({ stdout }) => stdout,
      () => '',
    )
    if (/^v(1\d|2[0-3])\./.test(version)) return node
  }
  return undefined
}

const old_node = await findOldNode()

test(
  'started with an older Node the program says so in one line and exits with more than 0',
  { skip: old_node === undefined && 'this machine has no older Node' },
  async () => {
    const ended = await run(old_node!, [PROGRAM, 'serve'], { env: { ...process.env, DATA_DIR: newFolder() } }).then(
      () => assert.fail('it started'),
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    )
    assert.ok(ended.code > 0)
    assert.match(ended.stderr, /^[^\n]*Node 24[^\n]*\n$/)
    assert.equal(ended.stdout, '')
  },
)
