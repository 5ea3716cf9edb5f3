import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { lookUp } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { Book, startLoad } from '../support/load.ts'
import { randomOf, seedOf } from '../support/random.ts'
import { makeMerchant, runCli, startServer } from '../support/server.ts'
import { assertClean } from '../support/verify.ts'

/** The command line beside a server that is hard at work on the same data. */

const server = await startServer()
const merchant = await makeMerchant(server)
const client = await connect(server.url, merchant)
after(() => server.stop())

/** Runs a command that must do what it was asked. */
async function run(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runCli([...args, '--json'], { DATA_DIR: server.data_dir })
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Record<string, unknown>
}

test('commands do their work while the server is under load', async (t) => {
  const book = await Book.ofNewCards(client, [100_000])
  const [card_id = ''] = book.cards.keys()
  const load = startLoad(client, book, randomOf(seedOf(t)), 16)
  await load.answered(100)

  const { code, openid } = await run('card', 'receive', card_id, 'at-the-desk')
  assert.equal(openid, 'at-the-desk')
  assert.equal((await lookUp(client, String(code)))['openid'], 'at-the-desk', 'the server knows at once')
  await client.ok('/card/code/consume', { code })
  const { user_card_status } = await run('code', 'show', String(code))
  assert.equal(user_card_status, 'CONSUMED', 'and so does the command line')

  await run('merchant', 'set', merchant.appid, 'gift_timeout_hours=48')
  const { merchants } = await run('merchant', 'list')
  assert.equal((merchants as { gift_timeout_hours: number }[])[0]?.gift_timeout_hours, 48)

  const other = await makeMerchant(server)
  await connect(server.url, other)

  await assertClean(server)
  load.stop()
  await load.ended
  await assertClean(server)
})
