import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createCard } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { startPair } from '../support/embedded.ts'
import { newFolder, runCli, startServer, type Merchant } from '../support/server.ts'
import { askPostgres } from '../support/sql.ts'
import { Shoppers } from '../support/shoppers.ts'

/** Two processes on a primary whose standby takes over. */

const pair = await startPair()
await askPostgres(`${pair.urls[0]}/postgres`, 'create database kaquan')

const SETTINGS = { DATABASE_URL: `${pair.url}/kaquan`, DATA_DIR: newFolder(), LOG_LEVEL: 'silent' }
const servers = await Promise.all([1, 2].map(() => startServer(SETTINGS)))
after(async () => {
  await Promise.all(servers.map((server) => server.kill()))
  await pair.stop()
})

test('where the primary dies under load and its standby takes over, all that was told stands, and the shop goes on', async (t) => {
  const created = await runCli(['merchant', 'create', '--json'], SETTINGS)
  const merchant = JSON.parse(created.stdout) as Merchant
  const clients = await Promise.all(servers.map(({ url }) => connect(url, merchant)))
  const card_id = await createCard(clients[0]!, 'GROUPON', { sku: { quantity: 1_000_000 } })
  let turn = 0
  const shoppers = new Shoppers(() => clients[turn++ % clients.length]!, card_id, 24, 8)
  await delay(1500)
  await pair.failOver()
  const before = shoppers.received.length
  await shoppers.assertKept(t, clients[1]!)
  assert.ok(before > 0)
  assert.ok(shoppers.received.length > before, 'the shop went on after the failover')
  const { code, stdout, stderr } = await runCli(['verify'], SETTINGS)
  assert.equal(code, 0, stdout + stderr)
})
