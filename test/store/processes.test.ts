import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createCard, getCard, newOpenid, receive } from '../support/acts.ts'
import { countErrcodes, isDone, together } from '../support/answers.ts'
import { connect, type Client } from '../support/client.ts'
import { startPostgres } from '../support/embedded.ts'
import { newFolder, runCli, startServer, type Merchant } from '../support/server.ts'
import { askPostgres } from '../support/sql.ts'
import { Shoppers } from '../support/shoppers.ts'

/** Three processes on one PostgreSQL: one truth. */

const database = await startPostgres()
await askPostgres(`${database.url}/postgres`, 'create database kaquan')

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

test('of three processes that start together where nothing is yet, one makes the demo merchant', async () => {
  await askPostgres(`${database.url}/postgres`, 'create database empty')
  const settings = { ...SETTINGS, DATABASE_URL: `${database.url}/empty`, DEMO: '1' }
  const started = await Promise.all([1, 2, 3].map(() => startServer(settings)))
  assert.equal(started.filter(({ output }) => /^secret/m.test(output)).length, 1)
  const { stdout } = await runCli(['merchant', 'list', '--json'], settings)
  assert.equal((JSON.parse(stdout) as { merchants: unknown[] }).merchants.length, 1)
  await Promise.all(started.map((server) => server.stop()))
})

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
  const shoppers = new Shoppers(anyone, card_id, 24, 5)
  await delay(1000)
  await servers[2]!.kill()
  await delay(1000)
  const before = shoppers.received.length
  await database.restart()
  await shoppers.assertKept(t, client)
  assert.ok(shoppers.received.length > before, 'the shop went on after the restart')
  await assertClean()
})
