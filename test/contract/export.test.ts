import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { makeMerchant, runCli, startServer } from '../support/server.ts'

const server = await startServer()
after(() => server.stop())
const merchant = await makeMerchant(server, '--sandbox')
const client = await connect(server.url, merchant)

const run = (...args: string[]) =>
  runCli(['export', 'statistics', '--appid', merchant.appid, ...args], { DATA_DIR: server.data_dir })

const today = (): string => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)

test('statistics are exported as CSV while a server runs, today and a code that has just been redeemed among them', async () => {
  const card_id = await createCard(client, 'CASH', { title: '=1+1, "满减"' })
  const code = await receive(client, card_id, 'a')
  await receive(client, card_id, 'a')
  await client.ok('/card/code/consume', { code })
  const { code: exit, stdout, stderr } = await run()
  assert.equal(exit, 0, stderr)
  const [header, row] = stdout.split('\n')
  assert.equal(
    header,
    'ref_date,card_id,card_type,title,source,view_cnt,view_user,receive_cnt,receive_user,verify_cnt,verify_user,given_cnt,given_user,expire_cnt,expire_user,active_cnt,active_user',
  )
  // A title that a spreadsheet would reckon with is marked as text.
  assert.equal(row, `${today()},${card_id},CASH,"'=1+1, ""满减""",api,0,0,2,1,1,1,0,0,0,0,0,0`)
})

test('or as one JSON object a line, for the days that are named', async () => {
  const { stdout } = await run('--format', 'ndjson', '--begin-date', today(), '--end-date', today())
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.ok(rows.length > 0 && rows.every(({ ref_date }) => ref_date === today()))
  assert.equal((await run('--format', 'ndjson', '--begin-date', '2015-01-01', '--end-date', '2015-12-31')).stdout, '')
})

test('what makes no sense is told in one line', async () => {
  for (const args of [
    ['--begin-date', '2015-1-1'],
    ['--end-date', '2015-02-30'],
    ['--begin-date', '2015-02-02', '--end-date', '2015-02-01'],
    ['--format', 'xml'],
  ]) {
    const { code, stderr } = await run(...args)
    assert.notEqual(code, 0)
    assert.match(stderr, /^kaquan: --[^\n]+\n$/)
  }
})
