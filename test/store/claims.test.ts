import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openLedger, type Ledger, type LedgerSettings } from '../../src/ledger/ledger.ts'
import { newMerchant } from '../support/ask.ts'
import { newDataDir } from '../support/data.ts'
import { APPID } from '../support/given.ts'
import { databaseOf } from '../support/place.ts'

/** Jobs that time asks for, shared out among the processes of one PostgreSQL. */

const OTHER = 'wx0000000000000002'

async function newPlace(): Promise<LedgerSettings> {
  const data_dir = newDataDir()
  return { data_dir, database_url: await databaseOf(data_dir), time_zone: 'Asia/Shanghai' }
}

/** As many processes have one each. */
async function openLedgers(t: TestContext, count: number, at?: LedgerSettings): Promise<Ledger[]> {
  const place = at ?? (await newPlace())
  const ledgers = await Promise.all(Array.from({ length: count }, () => openLedger(place)))
  t.after(() => Promise.all(ledgers.map((ledger) => ledger.close())))
  for (const appid of [APPID, OTHER]) {
    const { command, request } = newMerchant()
    await ledgers[0]!.commit(appid, command, request)
  }
  return ledgers
}

/** Who of them may do it. */
async function whoMay(ledgers: readonly Ledger[], appid: string, seconds: number): Promise<Ledger[]> {
  const may = await Promise.all(ledgers.map((ledger) => ledger.claim(appid, 'sweep', seconds)))
  return ledgers.filter((_, place) => may[place])
}

test('of four processes that want to sweep a merchant at once one does, and nobody again until its time is over', async (t) => {
  const ledgers = await openLedgers(t, 4)
  assert.equal((await whoMay(ledgers, APPID, 2)).length, 1)
  assert.equal((await whoMay(ledgers, APPID, 2)).length, 0)
  await delay(2100)
  assert.equal((await whoMay(ledgers, APPID, 30)).length, 1)
})

test('each merchant is claimed by itself; one who is not there by nobody', async (t) => {
  const ledgers = await openLedgers(t, 2)
  assert.equal((await whoMay(ledgers, APPID, 30)).length, 1)
  assert.equal((await whoMay(ledgers, OTHER, 30)).length, 1)
  assert.equal((await whoMay(ledgers, 'wx0000000000000003', 30)).length, 0)
})

/** A program that claims a job for two seconds, again and again, and says each time that it has got it. */
const CLAIMING = `
  import { openLedger } from '${import.meta.resolve('../../src/ledger/ledger.ts')}'
  const ledger = await openLedger(JSON.parse(process.argv[1]))
  for (;;) if (await ledger.claim('${APPID}', 'sweep', 2)) process.stdout.write('claimed')
`

test('a process that is killed while it claims a job keeps it from the others no longer than its time', async (t) => {
  const place = await newPlace()
  const [other] = await openLedgers(t, 1, place)
  const args = ['--input-type=module', '--eval', CLAIMING, JSON.stringify(place)]
  const claiming = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => claiming.kill('SIGKILL'))
  const ended = once(claiming, 'exit')
  await once(claiming.stdout, 'data')
  assert.equal(await other!.claim(APPID, 'sweep', 30), false)
  claiming.kill('SIGKILL')
  await ended
  await delay(2100)
  assert.equal(await other!.claim(APPID, 'sweep', 30), true)
})
