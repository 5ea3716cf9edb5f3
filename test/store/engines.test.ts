import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { commitBatch, type Outcome, type Waiting } from '../../src/ledger/batch.ts'
import { Lane } from '../../src/ledger/lane.ts'
import type { Hear } from '../../src/ledger/ledger.ts'
import { commitRemotely } from '../../src/ledger/remote-batch.ts'
import { sumUpRemotely } from '../../src/statistics/sum.ts'
import { openRemoteStore, openScratchStore, openStoreSnapshot } from '../../src/store/open.ts'
import { verify } from '../../src/ledger/verify.ts'
import { newDataDir, query, waiting } from '../support/data.ts'
import { APPID, CALENDAR, NOW } from '../support/given.ts'
import { databaseOf } from '../support/place.ts'
import { history } from '../support/random-commands.ts'
import { seedOf } from '../support/random.ts'
import { askPostgres, connectTo } from '../support/sql.ts'
import { sumUp } from '../support/sum-up.ts'

/** Both engines, asked the same, say the same and hold the same. */

const TOOLS = { calendar: CALENDAR, now: () => NOW }

/** What is counted, by the names of its tables. */
const SUMS = {
  day: 'merchant, day, scope',
  day_people: 'merchant, day, scope, metric, part',
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

/** The same rows, facts and sums, and all of them proven. */
async function assertAlike(data_dir: string, database_url: string): Promise<void> {
  assert.deepEqual(await everything({ data_dir, database_url }), await everything({ data_dir }))
  for (const [table, key] of Object.entries(SUMS)) {
    const select = `select * from ${table} order by ${key}`
    const there = await askPostgres(database_url, select)
    assert.deepEqual(plain(there), plain(query(data_dir, select) as object[]), table)
  }
  assert.deepEqual((await verify({ data_dir, database_url })).differences, [])
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
      await assertAlike(data_dir, database_url)
    }),
    { seed: seedOf(t), numRuns: 25 },
  )
})

/** Hears what becomes of commands, each of which is told once. */
class Told implements Hear {
  readonly #outcomes = new Map<number, Outcome>()

  outcomes(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      assert.ok(!this.#outcomes.has(outcome.id), 'told twice')
      this.#outcomes.set(outcome.id, outcome)
    }
  }

  broken(error: Error): void {
    throw error
  }

  get inOrder(): Outcome[] {
    return [...this.#outcomes.values()].toSorted((one, other) => one.id - other.id)
  }
}

/** Lets saves wait for some milliseconds, so that what follows is judged meanwhile. @returns what ends that */
async function slowSaves(database_url: string): Promise<() => Promise<void>> {
  const client = await connectTo(database_url)
  const end = new AbortController()
  const slowing = (async () => {
    while (!end.signal.aborted) await client.query('select pg_sleep(0.004) from (select from tip for update) held')
  })()
  return async () => {
    end.abort()
    await slowing
    await client.end()
  }
}

/** How many commands, and then how long a pause, in milliseconds. */
const pieces = fc.array(fc.record({ size: fc.integer({ min: 1, max: 8 }), pause_ms: fc.nat({ max: 3 }) }), {
  minLength: 1,
  maxLength: 9,
})

async function commitInPieces(
  queue: readonly Waiting[],
  lengths: readonly { size: number; pause_ms: number }[],
  lane: (turn: number) => Lane,
): Promise<void> {
  const left = [...queue]
  for (let turn = 0; left.length > 0; turn++) {
    const { size, pause_ms } = lengths[turn % lengths.length]!
    lane(turn).commit(left.splice(0, size))
    await delay(pause_ms)
  }
}

test('it is answered alike also where commands are judged while those before them are still being saved', async (t) => {
  await fc.assert(
    fc.asyncProperty(history(160), pieces, async (asked, lengths) => {
      const data_dir = newDataDir()
      const database_url = await databaseOf(data_dir)
      const here = openScratchStore(data_dir)
      const expected = commitBatch(waiting(asked), { ...TOOLS, writer: here })
      await here.close()

      const there = await openRemoteStore(database_url)
      const told = new Told()
      const lane = new Lane(APPID, { ...TOOLS, writer: there }, told)
      const endSlowness = await slowSaves(database_url)
      await commitInPieces(waiting(asked), lengths, () => lane)
      await lane.done()
      await endSlowness()
      await there.close()
      assert.deepEqual(told.inOrder, expected)
      await assertAlike(data_dir, database_url)
    }),
    { seed: seedOf(t), numRuns: 25 },
  )
})

test('where several processes commit for one merchant at once, everyone is told, and the rows follow from the facts', async (t) => {
  await fc.assert(
    fc.asyncProperty(history(200), pieces, async (asked, lengths) => {
      const data_dir = newDataDir()
      const database_url = await databaseOf(data_dir)
      const told = new Told()
      const writers = await Promise.all([1, 2, 3].map(() => openRemoteStore(database_url)))
      const lanes = writers.map((writer) => new Lane(APPID, { ...TOOLS, writer }, told))
      const [newMerchant, ...others] = waiting(asked)
      lanes[0]!.commit([newMerchant!])
      await lanes[0]!.done()
      const endSlowness = await slowSaves(database_url)
      await commitInPieces(others, lengths, (turn) => lanes[turn % lanes.length]!)
      await Promise.all(lanes.map((lane) => lane.done()))
      await endSlowness()
      await Promise.all(writers.map((writer) => writer.close()))
      assert.deepEqual(
        told.inOrder.filter((outcome) => 'fault' in outcome),
        [],
      )
      assert.equal(told.inOrder.length, asked.length)
      const { differences } = await verify({ data_dir, database_url })
      assert.deepEqual(differences, [])
    }),
    { seed: seedOf(t), numRuns: 25 },
  )
})
