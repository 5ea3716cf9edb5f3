import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Outcome } from '../../src/ledger/batch.ts'
import { Lane } from '../../src/ledger/lane.ts'
import { verify } from '../../src/ledger/verify.ts'
import { openRemoteStore } from '../../src/store/open.ts'
import type { RemoteWriter } from '../../src/store/store.ts'
import { consume, newCard, newMerchant, receive } from '../support/ask.ts'
import { startCutter, type Cutter } from '../support/cutter.ts'
import { newDataDir, openCommitting, told, waiting } from '../support/data.ts'
import { APPID, CALENDAR, NOW } from '../support/given.ts'
import { databaseOf } from '../support/place.ts'
import type { Asked } from '../support/random-commands.ts'
import { askPostgres } from '../support/sql.ts'
import { holdTip, untilWaiting } from '../support/tip.ts'

/** Connections that break while batches are saved: afterwards it is found out what became of them. */

interface Shop {
  database_url: string
  cutter: Cutter
  /** What is told of the commands, in their order. */
  outcomes: () => Promise<string[]>
  /** Commands that arrive together, with their numbers from one on. */
  commit: (first: number, ...asked: Asked[]) => void
}

/** A shop with a card, and a lane that reaches it by a way that can be cut. */
async function openShop(t: TestContext, tap: (writer: RemoteWriter, cutter: Cutter) => RemoteWriter): Promise<Shop> {
  const data_dir = newDataDir()
  const database_url = await databaseOf(data_dir)
  const committing = await openCommitting({ data_dir, database_url })
  await committing.commit(waiting([newMerchant(), newCard('p_card')]), { calendar: CALENDAR, now: () => NOW })
  await committing.close()

  const cutter = await startCutter(database_url)
  const writer = await openRemoteStore(cutter.url)
  t.after(async () => {
    await writer.close()
    await cutter.close()
  })
  const heard: Outcome[] = []
  const hear = {
    outcomes: (some: readonly Outcome[]) => void heard.push(...some),
    broken(error: Error) {
      throw error
    },
  }
  const lane = new Lane(APPID, { calendar: CALENDAR, now: () => NOW, writer: tap(writer, cutter) }, hear)
  return {
    database_url,
    cutter,
    commit: (first, ...asked) => lane.commit(asked.map((one, n) => ({ id: first + n, appid: APPID, ...one }))),
    outcomes: async () => {
      await lane.done()
      return heard.toSorted((one, other) => one.id - other.id).map(told)
    },
  }
}

const asItIs = (writer: RemoteWriter): RemoteWriter => writer

/** A receipt that waits to be saved when its connection breaks. @returns whoever lets it wait */
async function cutWhileSaving({ database_url, cutter, commit }: Shop): Promise<pg.Client> {
  const holder = await holdTip(database_url)
  commit(1, receive('p_card', 'o_1', '000000000001'))
  await untilWaiting(database_url, 1)
  cutter.cut()
  return holder
}

async function assertReceived(database_url: string, count: number): Promise<void> {
  const [found] = await askPostgres<{ codes: number }>(database_url, 'select count(*) as codes from code')
  assert.equal(found?.codes, count)
  assert.deepEqual((await verify({ data_dir: '', database_url })).differences, [])
}

test('a receipt that was saved though its connection broke is told as such', async (t) => {
  const shop = await openShop(t, asItIs)
  const { database_url, outcomes } = shop
  const holder = await cutWhileSaving(shop)
  // Whoever asks what became of it waits behind it.
  await untilWaiting(database_url, 2)
  await holder.end()
  assert.deepEqual(await outcomes(), ['ok'])
  await assertReceived(database_url, 1)
})

test('of two batches under way the first may be saved and the second not; both are told, and each is done once', async (t) => {
  const { database_url, cutter, commit, outcomes } = await openShop(t, asItIs)
  const holder = await holdTip(database_url)
  commit(1, receive('p_card', 'o_1', '000000000001'))
  await untilWaiting(database_url, 1)
  commit(2, consume('000000000001'))
  await delay(20)
  cutter.cut()
  await untilWaiting(database_url, 2)
  commit(3, consume('000000000001'))
  await holder.end()
  assert.deepEqual(await outcomes(), ['ok', 'ok', 'alreadyConsumed'])
  await assertReceived(database_url, 1)
})

/**
 * What is sent to save the first transaction arrives late: when another connection has found out that it was not saved.
 */
function delayingTheFirst(writer: RemoteWriter, cutter: Cutter): RemoteWriter {
  let deliver: (() => void) | undefined
  return {
    ...writer,
    async pipeline(appid) {
      const pipeline = await writer.pipeline(appid)
      return (
        pipeline && {
          async begin(wanted) {
            const transaction = await pipeline.begin(wanted)
            const commit: typeof transaction.commit = (changes) => {
              deliver ??= cutter.cutWithMail()
              return transaction.commit(changes)
            }
            return { ...transaction, commit }
          },
        }
      )
    },
    async begin(appid, wanted) {
      deliver!()
      await delay(50)
      return writer.begin(appid, wanted)
    },
  }
}

test('a receipt that arrives when its connection is gone is refused, and saved by another, once', async (t) => {
  const { database_url, commit, outcomes } = await openShop(t, delayingTheFirst)
  commit(1, receive('p_card', 'o_1', '000000000001', { fresh_codes: ['000000000001', '000000000002'] }))
  assert.deepEqual(await outcomes(), ['ok'])
  await assertReceived(database_url, 1)
})

test('where another process committed meanwhile, nobody knows, and nobody claims to', async (t) => {
  const shop = await openShop(t, asItIs)
  const { database_url, outcomes } = shop
  const holder = await cutWhileSaving(shop)
  await untilWaiting(database_url, 2)
  await holder.query('update tip set batch = gen_random_uuid(); commit')
  await holder.end()
  assert.deepEqual(await outcomes(), ['unknown'])
  await assertReceived(database_url, 0)
})

test('where the server is at work on a batch for ever, as it believes, nobody waits for it that long', async (t) => {
  const shop = await openShop(t, asItIs)
  const holder = await cutWhileSaving(shop)
  assert.deepEqual(await shop.outcomes(), ['unknown'])
  await holder.end()
})

test('a batch that breaks its connection whenever it is saved is tried command by command, and the others are served', async (t) => {
  const { database_url, cutter, commit, outcomes } = await openShop(t, asItIs)
  // What only a save tells.
  cutter.cutWhere('poster 2')
  commit(1, ...[1, 2, 3].map((n) => receive('p_card', `o_${n}`, `00000000000${n}`, { outer_str: `poster ${n}` })))
  const [first, second, third] = await outcomes()
  assert.deepEqual([first, third], ['ok', 'ok'])
  assert.notEqual(second, 'ok')
  await assertReceived(database_url, 2)
})
