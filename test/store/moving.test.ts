import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createCard, lookUp, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { databaseOf } from '../support/place.ts'
import { makeMerchant, newFolder, runCli, startServer } from '../support/server.ts'

/** From SQLite to PostgreSQL, and back. */

const server = await startServer()
after(() => server.kill())
const merchant = await makeMerchant(server, '--name', '海边书店')
await makeMerchant(server)
const client = await connect(server.url, merchant)
const card_id = await createCard(client, 'MEMBER_CARD', { get_limit: 50 })
const codes: string[] = []
for (const openid of ['o_1', 'o_2', 'o_3', 'o_1']) codes.push(await receive(client, card_id, openid))
await client.ok('/card/code/consume', { code: codes[0] })
await client.ok('/wallet/gift', { code: codes[1], card_id, openid: 'o_2' })

const folder = newFolder()
const HERE = { DATA_DIR: server.data_dir }
const THERE = { DATA_DIR: newFolder(), DATABASE_URL: await databaseOf(newFolder()) }

async function facts(settings: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await runCli(['export', 'facts'], settings)
  assert.equal(code, 0, stderr)
  return stdout
}

async function imported(settings: Record<string, string>, text: string): Promise<Record<string, unknown>> {
  const file = join(folder, 'facts.ndjson')
  writeFileSync(file, text)
  const { code, stdout, stderr } = await runCli(['import', 'facts', file, '--json'], settings)
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Record<string, unknown>
}

const all = await facts(HERE)
const lines = all.trimEnd().split('\n')

test('an installation moves to PostgreSQL with all of its facts; what was cut off is begun anew', async () => {
  const half = `${lines.slice(0, 5).join('\n')}\n`
  assert.deepEqual(await imported(THERE, half), { facts: 5, added: 5 })
  assert.deepEqual(await imported(THERE, all), { facts: lines.length, added: lines.length - 5 })
  assert.deepEqual(await imported(THERE, all), { facts: lines.length, added: 0 })
  assert.equal(await facts(THERE), all)
  const { code, stdout } = await runCli(['verify'], THERE)
  assert.equal(code, 0, stdout)
})

test('there, merchants keep their secrets, and holders their codes', async (t) => {
  const moved = await startServer(THERE)
  t.after(() => moved.kill())
  const again = await connect(moved.url, merchant)
  assert.equal((await lookUp(again, codes[0]!))['user_card_status'], 'CONSUMED')
  assert.equal((await lookUp(again, codes[1]!))['user_card_status'], 'GIFTING')
  await again.ok('/card/code/consume', { code: codes[2] })
})

test('and back into an empty folder', async () => {
  const back = { DATA_DIR: newFolder() }
  const there = await facts(THERE)
  await imported(back, there)
  assert.equal(await facts(back), there)
  assert.equal((await runCli(['verify'], back)).code, 0)
})

test('what is no fact, or does not follow, is refused with its place, and nothing of its page is saved', async () => {
  const odd: Record<string, RegExp> = {
    'not json\n': /line 1/,
    '{"appid":"wx","fact":{}}\n': /line 1/,
    [`${lines[1]}\n`]: /fact 1 is missing/,
    [`${lines[0]}\n${lines[2]}\n`]: /fact 2 is missing/,
  }
  for (const settings of [{ DATA_DIR: newFolder() }, { ...THERE, DATABASE_URL: await databaseOf(newFolder()) }]) {
    for (const [text, told] of Object.entries(odd)) {
      const file = join(folder, 'odd.ndjson')
      writeFileSync(file, text)
      const { code, stderr } = await runCli(['import', 'facts', file], settings)
      assert.equal(code, 1, text)
      assert.match(stderr, told)
    }
    assert.equal(await facts(settings), '')
  }
})
