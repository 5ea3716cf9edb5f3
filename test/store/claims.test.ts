import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openLedger, type Ledger } from '../../src/ledger/ledger.ts'
import { newMerchant } from '../support/ask.ts'
import { newDataDir } from '../support/data.ts'
import { APPID } from '../support/given.ts'
import { databaseOf } from '../support/place.ts'

/** Jobs that time asks for, shared out among the processes of one PostgreSQL. */

const OTHER = 'wx0000000000000002'

/** As many processes have one each. */
async function openLedgers(t: TestContext, count: number): Promise<Ledger[]> {
  const data_dir = newDataDir()
  const place = { data_dir, database_url: await databaseOf(data_dir), time_zone: 'Asia/Shanghai' }
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

test('a process that ends keeps no job from the others', async (t) => {
  const [first, second] = await openLedgers(t, 2)
  assert.equal(await first!.claim(APPID, 'sweep', 1), true)
  await first!.close()
  await delay(1100)
  assert.equal(await second!.claim(APPID, 'sweep', 30), true)
})
