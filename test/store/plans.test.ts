import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { commitRemotely } from '../../src/ledger/remote-batch.ts'
import { openRemoteStore } from '../../src/store/open.ts'
import { consume, depositSome, modifyStock, newCard, newDepositCard, newMerchant, receive } from '../support/ask.ts'
import { newDataDir, waiting } from '../support/data.ts'
import { CALENDAR, NOW } from '../support/given.ts'
import { databaseOf } from '../support/place.ts'
import type { Asked } from '../support/random-commands.ts'
import { askPostgres } from '../support/sql.ts'

async function openShop() {
  const database_url = await databaseOf(newDataDir())
  const writer = await openRemoteStore(database_url)
  return {
    commit: async (asked: Asked[]): Promise<void> => {
      const outcomes = await commitRemotely(waiting(asked), { calendar: CALENDAR, now: () => NOW, writer })
      assert.deepEqual(
        outcomes.filter((outcome) => !('answer' in outcome)),
        [],
      )
    },
    /**
     * Ends all connections, each of which tells then what it has read: how many rows of a table, to which so many were
     * added.
     */
    readOf: async (table: string, added: number): Promise<number> => {
      await writer.close()
      for (;;) {
        const [sums] = await askPostgres<{ added: number; read: number }>(
          database_url,
          `select n_tup_ins::integer as added, (seq_tup_read + idx_tup_fetch)::integer as read from pg_stat_user_tables where relname = '${table}'`,
        )
        if (sums!.added >= added) return sums!.read
        await delay(10)
      }
    },
  }
}

test('a change reads few rows of a shop that was empty when its statements were planned', async () => {
  const { commit, readOf } = await openShop()
  const codes = Array.from({ length: 2100 }, (_, n) => `code ${n}`)
  const received = (some: string[]) => some.map((code) => receive('A', `holder of ${code}`, code))
  const redeemed = (some: string[]) => some.map((code) => consume(code))

  await commit([newMerchant(), newCard('A', { quantity: codes.length })])
  // From the sixth time on a statement keeps its plan.
  const first = codes.splice(0, 10)
  for (const code of first) await commit(received([code]))
  for (const code of first) await commit(redeemed([code]))
  while (codes.length > 90) await commit(received(codes.splice(0, 200)))
  await commit(received(codes))
  while (codes.length > 0) await commit(redeemed(codes.splice(0, 2)))
  const read = await readOf('code', 2100)
  assert.ok(read < 5 * 2200, `${read} rows of codes were read`)
})

test('whoever draws a deposited code reads few of those that are there', async () => {
  const { commit, readOf } = await openShop()
  await commit([newMerchant(), newDepositCard('A')])
  for (let from = 0; from < 2000; from += 100) await commit([depositSome('A', 100, from)])
  await commit([modifyStock('A', 2000)])
  for (let n = 0; n < 100; n++) await commit([receive('A', `holder ${n}`, '')])
  await commit([depositSome('A', 100)])
  const read = await readOf('pool', 2000)
  // Each receipt looks at a page of 64, and moves it a little on.
  assert.ok(read < 100 * 2 * 64, `${read} deposited codes were read`)
})
