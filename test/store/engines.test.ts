import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { commitBatch } from '../../src/ledger/batch.ts'
import { commitRemotely } from '../../src/ledger/remote-batch.ts'
import { sumUpRemotely } from '../../src/statistics/sum.ts'
import { openRemoteStore, openScratchStore, openStoreSnapshot } from '../../src/store/open.ts'
import { verify } from '../../src/ledger/verify.ts'
import { newDataDir, query, waiting } from '../support/data.ts'
import { APPID, CALENDAR, NOW } from '../support/given.ts'
import { databaseOf } from '../support/place.ts'
import { history } from '../support/random-commands.ts'
import { seedOf } from '../support/random.ts'
import { askPostgres } from '../support/sql.ts'
import { sumUp } from '../support/sum-up.ts'

/** Both engines, asked the same, say the same and hold the same. */

const TOOLS = { calendar: CALENDAR, now: () => NOW }

/** What is counted, by the names of its tables. */
const SUMS = {
  day: 'merchant, day, scope',
  day_people: 'merchant, day, scope, metric, block',
  member: 'merchant, source, holder, day',
  step: 'merchant, card, aspect, day, name',
  outstanding: 'merchant, card, month',
  progress: 'merchant, job',
}

/** Bytes come as one kind of list from one driver, and as another from the other. */
const plain = (rows: readonly object[]): unknown =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, value instanceof Uint8Array ? [...value] : (value as unknown)]),
    ),
  )

async function list<Row>(rows: Iterable<Row> | AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = []
  for await (const row of rows) all.push(row)
  return all
}

async function everything(place: { data_dir: string; database_url?: string }) {
  const snapshot = await openStoreSnapshot(place)
  try {
    return {
      merchants: await snapshot.merchants(),
      facts: await list(snapshot.facts(APPID)),
      cards: await list(snapshot.cards(APPID)),
      codes: await list(snapshot.codes(APPID)),
      holdings: await list(snapshot.holdings(APPID)),
      pool: await list(snapshot.pool(APPID)),
      tickets: await list(snapshot.tickets(APPID)),
    }
  } finally {
    await snapshot.close()
  }
}

test('any history is answered alike by both engines, and leaves the same rows, facts and sums', async (t) => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 9 })
  await fc.assert(
    fc.asyncProperty(history(120), sizes, async (asked, pieces) => {
      const data_dir = newDataDir()
      const database_url = await databaseOf(data_dir)
      const here = openScratchStore(data_dir)
      const there = await openRemoteStore(database_url)
      const queue = waiting(asked)
      for (let turn = 0; queue.length > 0; turn++) {
        const size = pieces[turn % pieces.length]!
        const batch = queue.splice(0, size)
        const expected = commitBatch(batch, { ...TOOLS, writer: here })
        assert.deepEqual(await commitRemotely(batch, { ...TOOLS, writer: there }), expected)
        if (turn % 2 > 0) continue
        sumUp(here, APPID, CALENDAR, size)
        await sumUpRemotely(there, APPID, CALENDAR, size)
      }
      while (sumUp(here, APPID, CALENDAR, 50));
      while (await sumUpRemotely(there, APPID, CALENDAR, 50));
      await here.close()
      await there.close()

      assert.deepEqual(await everything({ data_dir, database_url }), await everything({ data_dir }))
      for (const [table, key] of Object.entries(SUMS)) {
        const select = `select * from ${table} order by ${key}`
        const there = await askPostgres(database_url, select)
        assert.deepEqual(plain(there), plain(query(data_dir, select) as object[]), table)
      }
      assert.deepEqual((await verify({ data_dir, database_url })).differences, [])
    }),
    { seed: seedOf(t), numRuns: 25 },
  )
})
