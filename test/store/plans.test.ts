import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { commitRemotely } from '../../src/ledger/remote-batch.ts'
import { openRemoteStore } from '../../src/store/open.ts'
import { consume, newCard, newMerchant, receive } from '../support/ask.ts'
import { newDataDir, waiting } from '../support/data.ts'
import { CALENDAR, NOW } from '../support/given.ts'
import { databaseOf } from '../support/place.ts'
import type { Asked } from '../support/random-commands.ts'
import { askPostgres } from '../support/sql.ts'

test('a change reads few rows of a shop that was empty when its statements were planned', async () => {
  const database_url = await databaseOf(newDataDir())
  const writer = await openRemoteStore(database_url)
  const commit = async (asked: Asked[]): Promise<void> => {
    const outcomes = await commitRemotely(waiting(asked), { calendar: CALENDAR, now: () => NOW, writer })
    assert.ok(outcomes.every((outcome) => 'answer' in outcome))
  }
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
  // A connection tells at its end what it has read.
  await writer.close()

  const read = async () => {
    const [sums] = await askPostgres(
      database_url,
      `select n_tup_ins::integer as added, (seq_tup_read + idx_tup_fetch)::integer as read from pg_stat_user_tables where relname = 'code'`,
    )
    return sums as { added: number; read: number }
  }
  while ((await read()).added < 2100) await delay(10)
  assert.ok((await read()).read < 5 * 2200, `${(await read()).read} rows of codes were read`)
})
