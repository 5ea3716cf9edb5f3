import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import postgres from 'postgres'
import { createCard, getCard, lookUp, newOpenid, receive } from '../support/acts.ts'
import { countErrcodes, isDone, together } from '../support/answers.ts'
import { connect, type Answer, type Client } from '../support/client.ts'
import { startPostgres } from '../support/embedded.ts'
import { newFolder, runCli, startServer, type Merchant } from '../support/server.ts'

/** Three processes on one PostgreSQL: one truth. */

const database = await startPostgres()
const admin = postgres(`${database.url}/postgres`, { max: 1 })
await admin`create database kaquan`
await admin.end()

const SETTINGS = { DATABASE_URL: `${database.url}/kaquan`, DATA_DIR: newFolder(), LOG_LEVEL: 'silent' }
const servers = await Promise.all([1, 2, 3].map(() => startServer(SETTINGS)))
after(async () => {
  await Promise.all(servers.map((server) => server.kill()))
  await database.stop()
})

const created = await runCli(['merchant', 'create', '--json'], SETTINGS)
const merchant = JSON.parse(created.stdout) as Merchant
const clients: Client[] = []
for (const { url } of servers) clients.push(await connect(url, merchant))
const [client] = clients as [Client]

/** The clients take turns. */
let turn = 0
const anyone = (): Client => clients[turn++ % clients.length]!

async function assertClean(): Promise<void> {
  const { code, stdout, stderr } = await runCli(['verify'], SETTINGS)
  assert.equal(code, 0, stdout + stderr)
}

test('of 64 holders who ask three processes for the last 10, ten receive a code', async () => {
  const card_id = await createCard(client, 'GROUPON', { sku: { quantity: 10 } })
  const answers = await together(64, () => anyone().post('/wallet/receive', { card_id, openid: newOpenid() }))
  assert.deepEqual(countErrcodes(answers), { 0: 10, 45031: 54 })
  assert.equal(new Set(answers.filter(isDone).map(({ code }) => code)).size, 10)
  assert.deepEqual((await getCard(client, card_id)).base_info.sku, { quantity: 0, total_quantity: 10 })
})

test('of 32 tills on three processes that scan one code, one redeems it', async () => {
  const card_id = await createCard(client)
  const code = await receive(client, card_id)
  const answers = await together(32, () => anyone().post('/card/code/consume', { code }))
  assert.deepEqual(countErrcodes(answers), { 0: 1, 40099: 31 })
})

test('a merchant whom three processes make at once is made once', async () => {
  const make = () => runCli(['merchant', 'create', '--json', '--appid', 'wx1234567890abcdef'], SETTINGS)
  const codes = (await together(3, make)).map(({ code }) => code)
  assert.deepEqual(
    codes.toSorted((a, b) => a - b),
    [0, 1, 1],
  )
})

test('where one process is killed and the database is restarted under load, nothing is lost and nothing doubled', async (t) => {
  const card_id = await createCard(client, 'GROUPON', { sku: { quantity: 1_000_000 } })
  const until = Date.now() + 5000
  const received: string[] = []
  const redeemed: string[] = []
  const errcodes = new Map<number, number>()

  /** Undefined where the process is gone. */
  async function ask(path: string, body: object): Promise<Answer | undefined> {
    const answer = await anyone()
      .post(path, body)
      .catch(() => undefined)
    if (answer) errcodes.set(answer.errcode, (errcodes.get(answer.errcode) ?? 0) + 1)
    return answer
  }
  async function shop(): Promise<void> {
    while (Date.now() < until) {
      const got = await ask('/wallet/receive', { card_id, openid: newOpenid() })
      if (got?.errcode !== 0) continue
      received.push(String(got['code']))
      const used = await ask('/card/code/consume', { code: got['code'] })
      if (used?.errcode === 0) redeemed.push(String(got['code']))
    }
  }
  const shoppers = together(24, shop)
  await pause(1000)
  await servers[2]!.kill()
  await pause(1000)
  const before = received.length
  await database.restart()
  await shoppers

  t.diagnostic(`${received.length} received, ${redeemed.length} redeemed, answers ${JSON.stringify([...errcodes])}`)
  assert.ok(received.length > before, 'the shop went on after the restart')
  assert.equal(new Set(received).size, received.length, 'no code was handed out twice')
  const states = new Map<string, unknown>()
  for (const code of received) states.set(code, (await lookUp(client, code))['user_card_status'])
  assert.deepEqual(
    received.filter((code) => !['NORMAL', 'CONSUMED'].includes(String(states.get(code)))),
    [],
  )
  assert.deepEqual(
    redeemed.filter((code) => states.get(code) !== 'CONSUMED'),
    [],
  )
  await assertClean()
})

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
