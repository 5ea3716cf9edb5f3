import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Once, Outcome, Waiting } from '../../src/ledger/batch.ts'
import { Lane } from '../../src/ledger/lane.ts'
import { commitRemotely } from '../../src/ledger/remote-batch.ts'
import { workOn } from '../../src/ledger/remote-rows.ts'
import { verify } from '../../src/ledger/verify.ts'
import { WorkingRows } from '../../src/ledger/working-rows.ts'
import { openRemoteStore } from '../../src/store/open.ts'
import { WRITERS } from '../../src/store/postgres/open.ts'
import { TryAgain, type Changes, type RemoteWriter } from '../../src/store/store.ts'
import { Wanted } from '../../src/store/wanted.ts'
import { consume, modifyStock, newCard, newMerchant, receive } from '../support/ask.ts'
import { newDataDir, told, waiting } from '../support/data.ts'
import { aFace, APPID, CALENDAR, NOW } from '../support/given.ts'
import { databaseOf } from '../support/place.ts'
import type { Asked } from '../support/random-commands.ts'
import { askPostgres } from '../support/sql.ts'
import { holdTip, untilWaiting } from '../support/tip.ts'

/** Batches on PostgreSQL that are judged while those before them wait for the disk. */

const TOOLS = { calendar: CALENDAR, now: () => NOW }

interface Shop {
  database_url: string
  writer: RemoteWriter
  /** Commits commands, each for itself, in the way of other processes. */
  elsewhere(...asked: Asked[]): Promise<Outcome[]>
}

async function openShop(t: TestContext, ...asked: Asked[]): Promise<Shop> {
  const database_url = await databaseOf(newDataDir())
  const [writer, other] = await Promise.all([openRemoteStore(database_url), openRemoteStore(database_url)])
  t.after(() => Promise.all([writer.close(), other.close()]))
  const elsewhere = (...asked: Asked[]): Promise<Outcome[]> =>
    commitRemotely(waiting(asked), { ...TOOLS, writer: other })
  assert.ok((await elsewhere(newMerchant(), ...asked)).every((outcome) => 'answer' in outcome))
  return { database_url, writer, elsewhere }
}

/**
 * Commits commands one after the other, the next as soon as the one before waits to be saved: none of them is saved
 * before the last but one is on its way.
 */
async function commitBeforeSaved({ database_url, writer }: Shop, asked: readonly (Asked & { once?: Once })[]) {
  const outcomes: Outcome[] = []
  const hear = {
    outcomes: (some: readonly Outcome[]) => void outcomes.push(...some),
    broken(error: Error) {
      throw error
    },
  }
  const lane = new Lane(APPID, { ...TOOLS, writer }, hear)
  const holder = await holdTip(database_url)
  const queue: Waiting[] = asked.map((one, id) => ({ id, appid: APPID, ...one }))
  for (const one of queue) {
    lane.commit([one])
    await untilWaiting(database_url, 1)
    // The next is fetched and judged meanwhile; it waits behind the first one, unseen.
    await delay(20)
  }
  assert.deepEqual(outcomes, [], 'nothing is told before it is saved')
  await holder.end()
  await lane.done()
  const all: readonly Outcome[] = outcomes
  return all.toSorted((one, other) => one.id - other.id).map(told)
}

const limited = newCard('p_card', { face: aFace({ base_info: { get_limit: 1, use_limit: 1 } }), quantity: 2 })

test('a code is redeemed though its receipt is not on the disk yet, and once', async (t) => {
  const shop = await openShop(t, limited)
  const asked = [receive('p_card', 'o_1', '000000000001'), consume('000000000001'), consume('000000000001')]
  assert.deepEqual(await commitBeforeSaved(shop, asked), ['ok', 'ok', 'alreadyConsumed'])
  assert.deepEqual((await verify({ data_dir: '', ...shop })).differences, [])
})

test('nobody receives more than a card allows, however quickly they ask again', async (t) => {
  const shop = await openShop(t, limited)
  const asked = ['1', '2', '3'].map((n) => receive('p_card', 'o_1', n.padStart(12, '0')))
  assert.deepEqual(await commitBeforeSaved(shop, asked), ['ok', 'overGetLimit', 'overGetLimit'])
})

test('nothing is issued beyond the stock that receipts before it leave', async (t) => {
  const shop = await openShop(t, limited)
  const asked = ['1', '2', '3'].map((n) => receive('p_card', `o_${n}`, n.padStart(12, '0')))
  assert.deepEqual(await commitBeforeSaved(shop, asked), ['ok', 'ok', 'stockUsedUp'])
  assert.deepEqual((await verify({ data_dir: '', ...shop })).differences, [])
})

test('a QR code that is good for one receipt is used up by the first', async (t) => {
  const ticket = {
    command: 'createTicket' as const,
    request: { ticket: 'ticket', expire_seconds: 60, is_unique_code: true, offers: [{ card_id: 'p_card' }] },
  }
  const shop = await openShop(t, newCard('p_card'), ticket)
  const asked = ['1', '2'].map((n) => receive('p_card', `o_${n}`, n.padStart(12, '0'), { ticket: 'ticket' }))
  assert.deepEqual(
    (await commitBeforeSaved(shop, asked)).map((one) => one === 'ok'),
    [true, false],
  )
})

test('a request that comes again while it is being saved is carried out once', async (t) => {
  const shop = await openShop(t, newCard('p_card'))
  const once = { key: 'key', fingerprint: 'the same' }
  const asked = ['1', '2'].map((n) => ({ ...receive('p_card', 'o_1', n.padStart(12, '0')), once }))
  assert.deepEqual(await commitBeforeSaved(shop, asked), ['ok', 'ok'])
  const [found] = await askPostgres<{ codes: number }>(shop.database_url, 'select count(*) as codes from code')
  assert.equal(found?.codes, 1)
})

const NOTHING: Changes = {
  cards: [],
  codes: [],
  holdings: [],
  pool: [],
  tickets: [],
  replies: { put: [], ended_before: 0 },
  facts: [],
  tokens: [],
  sessions: [],
}

test('what was judged by rows that another process has changed since is neither saved nor told', async (t) => {
  const shop = await openShop(t, newCard('p_card', { quantity: 1 }))
  const wanted = new Wanted()
  wanted.cards.add('p_card')
  const judge = async () => {
    const pipeline = await shop.writer.pipeline(APPID)
    const transaction = await pipeline!.begin(wanted)
    const rows = new WorkingRows(transaction.rows)
    const card = rows.card('p_card')!
    return { transaction, rows, card }
  }

  const refusal = await judge()
  assert.equal(refusal.card.quantity, 1)
  await shop.elsewhere(modifyStock('p_card', 5))
  await assert.rejects((await refusal.transaction.commit(NOTHING)).saved, TryAgain)

  const change = await judge()
  await shop.elsewhere(modifyStock('p_card', 5))
  change.rows.putCard({ ...change.card, quantity: 0 })
  await assert.rejects((await change.transaction.commit(change.rows.changes())).saved, TryAgain)
  const last = await judge()
  assert.equal(last.card.quantity, 11)
  await last.transaction.rollback()
})

test('a lane that knows a card of before sees what another process made of it', async (t) => {
  const shop = await openShop(t, newCard('p_card', { quantity: 1 }))
  const outcomes: Outcome[] = []
  const hear = { outcomes: (some: readonly Outcome[]) => void outcomes.push(...some), broken: () => {} }
  const lane = new Lane(APPID, { ...TOOLS, writer: shop.writer }, hear)
  const ask = async (asked: Asked): Promise<string> => {
    lane.commit(waiting([asked]))
    await lane.done()
    return told(outcomes.at(-1)!)
  }
  assert.equal(await ask(receive('p_card', 'o_1', '000000000001')), 'ok')
  assert.equal(await ask(receive('p_card', 'o_2', '000000000002')), 'stockUsedUp')
  await shop.elsewhere(modifyStock('p_card', 1))
  assert.equal(await ask(receive('p_card', 'o_2', '000000000002')), 'ok')
  await shop.elsewhere(consume('000000000002'))
  assert.equal(await ask(consume('000000000002')), 'alreadyConsumed')
})

test('what a batch before has left is forgotten where another process has changed it since', async (t) => {
  const shop = await openShop(t, newCard('p_card'))
  const outcomes: Outcome[] = []
  const hear = { outcomes: (some: readonly Outcome[]) => void outcomes.push(...some), broken: () => {} }
  const lane = new Lane(APPID, { ...TOOLS, writer: shop.writer }, hear)
  const [first, second] = waiting([receive('p_card', 'o_1', '000000000001'), consume('000000000001')])
  const holder = await holdTip(shop.database_url)
  lane.commit([first!])
  await untilWaiting(shop.database_url, 1)

  // The second one begins, and finds no connection free until all of this is over: the first is saved, and what it left
  // is changed.
  const others = Array.from({ length: WRITERS }, (_, n) => shop.writer.begin(`wx_other_${n}`, new Wanted()))
  await Promise.all(others.slice(0, -1))
  lane.commit([second!])
  await holder.end()
  await others.at(-1)
  assert.equal(told((await shop.elsewhere(consume('000000000001')))[0]!), 'ok')
  for (const other of others) await (await other).rollback()
  await lane.done()
  assert.deepEqual(outcomes.map(told), ['ok', 'alreadyConsumed'])
  assert.deepEqual((await verify({ data_dir: '', ...shop })).differences, [])
})

test('where another process comes between, commands keep their order', async (t) => {
  const shop = await openShop(t, newCard('p_card', { quantity: 2 }))
  const outcomes: Outcome[] = []
  const hear = { outcomes: (some: readonly Outcome[]) => void outcomes.push(...some), broken: () => {} }
  const lane = new Lane(APPID, { ...TOOLS, writer: shop.writer }, hear)
  const holder = await holdTip(shop.database_url)
  const elsewhere = shop.elsewhere(modifyStock('p_card', 0, 1))
  await untilWaiting(shop.database_url, 1)
  const numbers = ['000000000001', '000000000002', '000000000003']
  for (const one of waiting(numbers.map((number, n) => receive('p_card', `o_${n}`, number)))) {
    lane.commit([one])
    await untilWaiting(shop.database_url, 2)
    await delay(20)
  }
  await holder.end()
  await elsewhere
  await lane.done()
  assert.deepEqual(outcomes.map(told), ['ok', 'stockUsedUp', 'stockUsedUp'])
  assert.deepEqual(
    outcomes.map(({ id }) => id),
    [0, 1, 2],
  )
})

test('what is judged keeps nothing of what was judged before it', async (t) => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const shop = await openShop(t)
  const pipeline = await shop.writer.pipeline(APPID)
  const judge = async (formers: readonly WorkingRows[] = []): Promise<WorkingRows> => {
    const transaction = await pipeline!.begin(new Wanted())
    const { rows } = await workOn(transaction, () => undefined, formers)
    await (
      await transaction.commit(rows.changes())
    ).saved
    return rows
  }
  const judgeTwice = async () => {
    const former = await judge()
    return { former: new WeakRef(former), rows: await judge([former]) }
  }
  const { former, rows } = await judgeTwice()
  await delay(10)
  collectGarbage()
  assert.equal(former.deref(), undefined)
  assert.equal(rows.nextFact(), 2)
})
