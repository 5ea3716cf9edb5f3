import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createCard, lookUp, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { databaseOf } from '../support/place.ts'
import { makeMerchant, newFolder, runCli, startServer } from '../support/server.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/kaquan.js')

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

test('an import that does not belong to what is there is refused, and changes nothing', async () => {
  const elsewhere = { DATA_DIR: newFolder() }
  await imported(elsewhere, all)
  const received = await runCli(['card', 'receive', card_id, 'o_there', '--appid', merchant.appid], elsewhere)
  assert.equal(received.code, 0, received.stderr)
  await receive(client, card_id, 'o_here')
  await receive(client, card_id, 'o_here')
  const onward = join(folder, 'onward.ndjson')
  writeFileSync(onward, await facts(HERE))

  const before = await facts(elsewhere)
  const { code, stderr } = await runCli(['import', 'facts', onward], elsewhere)
  assert.equal(code, 1)
  assert.match(stderr, /fact \d+ is another one here/)
  assert.equal(await facts(elsewhere), before)

  const made = { DATA_DIR: newFolder(), DATABASE_URL: await databaseOf(newFolder()) }
  const { appid, secret } = merchant
  assert.equal((await runCli(['merchant', 'create', '--appid', appid, '--secret', secret], made)).code, 0)
  const second = await runCli(['import', 'facts', onward], made)
  assert.equal(second.code, 1)
  assert.match(second.stderr, /fact 1 is another one here/)
})

test('an export tells how much it wrote, and where the disk is full it says so', async () => {
  const { stderr } = await runCli(['export', 'facts'], HERE)
  assert.equal(stderr, `${(await facts(HERE)).trimEnd().split('\n').length} facts of 2 merchants\n`)
  const full = spawnSync(process.execPath, [PROGRAM, 'export', 'facts'], {
    env: { ...process.env, ...HERE },
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
  })
  assert.equal(full.status, 1)
  assert.match(String(full.stderr), /^kaquan: .*no space left/m)
})
