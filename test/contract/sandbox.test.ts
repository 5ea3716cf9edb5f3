import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { connect } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'

const server = await startServer()
after(() => server.stop())
const [mine, others] = await Promise.all([makeMerchant(server, '--sandbox'), makeMerchant(server, '--sandbox')])
const client = await connect(server.url, mine)

const clock = async (): Promise<number> => Number((await client.ok('/sandbox/clock', { advance: 0 }))['now'])

test('the clock of a sandbox goes forward by some seconds or to one', async () => {
  const before = await clock()
  await client.ok('/sandbox/clock', { advance: 86_400 })
  assert.ok((await clock()) - before - 86_400 <= 5)
  await client.ok('/sandbox/clock', { now: before + 200_000 })
  assert.ok((await clock()) - before - 200_000 <= 5)
})

test('the clock never goes back', async () => {
  const before = await clock()
  assert.notEqual((await client.post('/sandbox/clock', { now: before - 100 })).errcode, 0)
  assert.notEqual((await client.post('/sandbox/clock', { advance: -100 })).errcode, 0)
  assert.ok((await clock()) >= before)
})

test('the clock is moved to a second or by some, not both: 40097', async () => {
  const before = await clock()
  assertRefused(await client.post('/sandbox/clock', { now: before + 1000, advance: 500 }), 40097, /now or advance/)
  assert.ok((await clock()) - before <= 5)
})

test('a merchant that is no sandbox has no clock of its own: 48001', async () => {
  const other = await connect(server.url, await makeMerchant(server))
  assertRefused(await other.post('/sandbox/clock', { advance: 10 }), 48001)
  assertRefused(await other.post('/sandbox/clock', { now: (await clock()) + 10 }), 48001)
})

test('each sandbox has its own clock', async () => {
  const other = await connect(server.url, others)
  const { now } = await other.ok('/sandbox/clock', { advance: 0 })
  await client.ok('/sandbox/clock', { advance: 1_000_000 })
  const { now: later } = await other.ok('/sandbox/clock', { advance: 0 })
  assert.ok(Number(later) - Number(now) <= 5)
})

test('a token does not grow old with the clock', async () => {
  await client.ok('/sandbox/clock', { advance: 100_000 })
  await client.ok('/card/batchget', { offset: 0, count: 1 })
})
