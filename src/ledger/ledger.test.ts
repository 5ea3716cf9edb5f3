import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { consume, newCard, newMerchant, receive, view } from '../../test/support/ask.ts'
import { everythingIn, newDataDir, sql } from '../../test/support/data.ts'
import { aFace, APPID, refusal } from '../../test/support/given.ts'
import type { Asked } from '../../test/support/random-commands.ts'
import { Refusal } from '../errors.ts'
import { openStoreForWriting } from '../store/open.ts'
import { LedgerFault } from './batch.ts'
import { openLedger, type Ledger } from './ledger.ts'
import { verify } from './verify.ts'

const TIME_ZONE = 'Asia/Shanghai'

const ALWAYS = { type: 'DATE_TYPE_FIX_TIME_RANGE', begin_timestamp: 0, end_timestamp: 2 ** 31 - 1 } as const

const cardOf = (card_id: string, quantity: number) =>
  newCard(card_id, { quantity, face: aFace({ base_info: { date_info: ALWAYS } }) })

const ask = (ledger: Ledger, { command, request }: Asked): Promise<unknown> =>
  ledger.commit(APPID, command, request as never)

/** A ledger with one merchant and a card with this much stock. */
async function openShop(t: TestContext, quantity = 100): Promise<{ data_dir: string; ledger: Ledger }> {
  const data_dir = newDataDir()
  const ledger = await openLedger({ data_dir, time_zone: TIME_ZONE })
  t.after(() => ledger.close())
  await ask(ledger, newMerchant())
  await ask(ledger, cardOf('p_card', quantity))
  return { data_dir, ledger }
}

const numberOf = (place: number): string => String(place).padStart(12, '0')

const reasons = async (asked: readonly Promise<unknown>[]): Promise<string[]> =>
  (await Promise.allSettled(asked)).map((settled) =>
    settled.status === 'fulfilled' ? 'ok' : settled.reason instanceof Refusal ? settled.reason.reason : 'fault',
  )

test('of 64 who ask for the last ten at once, ten get one', async (t) => {
  const { data_dir, ledger } = await openShop(t, 10)
  const told = await reasons(
    Array.from({ length: 64 }, (_, n) => ask(ledger, receive('p_card', `o_${n}`, numberOf(n)))),
  )
  assert.equal(told.filter((reason) => reason === 'ok').length, 10)
  assert.equal(told.filter((reason) => reason === 'stockUsedUp').length, 54)
  assert.equal(everythingIn(data_dir)[0]!.codes.length, 10)
})

test('of 32 tills that consume one code at once, one succeeds', async (t) => {
  const { ledger } = await openShop(t)
  await ask(ledger, receive('p_card', 'o_1', '000000000001'))
  const told = await reasons(Array.from({ length: 32 }, () => ask(ledger, consume('000000000001'))))
  assert.deepEqual(
    told.filter((reason) => reason !== 'alreadyConsumed'),
    ['ok'],
  )
})

test('many commands at once are each answered for themselves, and all of it is saved', async (t) => {
  const { data_dir, ledger } = await openShop(t, 2000)
  const received = (await Promise.all(
    Array.from({ length: 1000 }, (_, n) => ask(ledger, receive('p_card', `o_${n % 40}`, numberOf(n)))),
  )) as { code: string; openid: string }[]
  assert.deepEqual(
    received.map(({ code, openid }) => [code, openid]),
    Array.from({ length: 1000 }, (_, n) => [numberOf(n), `o_${n % 40}`]),
  )
  const told = await reasons(
    Array.from({ length: 1000 }, (_, n) => ask(ledger, n % 3 === 0 ? view('p_card', 'o_1') : consume(numberOf(n)))),
  )
  assert.ok(told.every((reason) => reason === 'ok'))
  const { differences, facts } = await verify({ data_dir })
  assert.deepEqual(differences, [])
  assert.equal(facts, 2003)
})

test('what is acknowledged is there for every other connection to see', async (t) => {
  const { data_dir, ledger } = await openShop(t)
  for (let n = 0; n < 20; n++) {
    await ask(ledger, receive('p_card', 'o_1', numberOf(n)))
    assert.equal(everythingIn(data_dir)[0]!.codes.length, n + 1)
  }
})

test('a refusal is the same on both sides of the thread: reason, detail and members', async (t) => {
  const { ledger } = await openShop(t)
  await ask(ledger, receive('p_card', 'o_1', '000000000001'))
  await ask(ledger, consume('000000000001'))
  await assert.rejects(ask(ledger, consume('000000000001')), (error) => {
    assert.ok(error instanceof Refusal)
    assert.deepEqual(error.members, { _card: 'p_card', _code: '000000000001' })
    return refusal('alreadyConsumed', '')(error)
  })
  await assert.rejects(
    ask(ledger, receive('p_card', 'o_1', '', { code: 'mine' })),
    refusal('invalidCode', 'the codes of this card are given out here'),
  )
})

test('a command that breaks is a fault, after which the ledger serves on', async (t) => {
  const { ledger } = await openShop(t)
  const broken = ledger.commit('wx_nobody', 'createCard', newCard('p_lost').request)
  await assert.rejects(broken, (error) => error instanceof LedgerFault && !error.unknown)
  await ask(ledger, view('p_card', 'o_1'))
})

test('who comes when ten thousand wait is told at once that the server is busy, and the others are served', async (t) => {
  const { ledger } = await openShop(t)
  const asked = Array.from({ length: 10_000 }, () => ask(ledger, view('p_none', 'o_1')))
  let waited = false
  const settled = Promise.allSettled(asked).then(() => (waited = true))
  await assert.rejects(ask(ledger, view('p_card', 'o_1')), refusal('systemError', /try again/))
  assert.equal(waited, false)
  await settled
  assert.ok((await reasons(asked)).every((reason) => reason === 'invalidCardId'))
  await ask(ledger, view('p_card', 'o_1'))
})

test('closing finishes what was accepted', async (t) => {
  const { data_dir, ledger } = await openShop(t, 1000)
  const early = Array.from({ length: 300 }, (_, n) => ask(ledger, receive('p_card', `o_${n}`, numberOf(n))))
  await new Promise(setImmediate)
  const late = Array.from({ length: 300 }, (_, n) => ask(ledger, receive('p_card', `o_${n}`, numberOf(300 + n))))
  // As where a signal comes twice.
  const closeAgain = (): Promise<void> => setTimeout(3).then(() => ledger.close())
  const [told] = await Promise.all([reasons([...early, ...late]), ledger.close(), closeAgain()])
  assert.ok(told.every((reason) => reason === 'ok'))
  assert.equal(everythingIn(data_dir)[0]!.codes.length, 600)
})

test('who asks a second time for the end waits for it like the first', async (t) => {
  const { ledger } = await openShop(t, 1000)
  const asked = Array.from({ length: 300 }, (_, n) => ask(ledger, receive('p_card', `o_${n}`, numberOf(n))))
  let done = false
  const all = Promise.all(asked).then(() => (done = true))
  const first = ledger.close()
  await ledger.close()
  assert.ok(done)
  await Promise.all([all, first])
})

test('who comes while it closes is served or told that he was not, and what was served is saved', async (t) => {
  const { data_dir, ledger } = await openShop(t)
  const state = { closed: false }
  const closing = ledger.close().finally(() => (state.closed = true))
  const served: string[] = []
  for (let n = 0; !state.closed; n++) {
    const code = numberOf(n)
    void ask(ledger, receive('p_card', `o_${n}`, code)).then(
      () => served.push(code),
      (error: unknown) => assert.ok(error instanceof LedgerFault),
    )
    await setTimeout(1)
  }
  await closing
  const saved = everythingIn(data_dir)[0]!.codes.map(({ code }) => code)
  assert.deepEqual(served.sort(), saved)
})

test('who comes when it is closed is told that nothing was done', async (t) => {
  const { data_dir, ledger } = await openShop(t)
  await ledger.close()
  await ledger.close()
  const late = ask(ledger, receive('p_card', 'o_1', '000000000001'))
  await assert.rejects(late, (error) => error instanceof LedgerFault && !error.unknown)
  assert.deepEqual(everythingIn(data_dir)[0]!.codes, [])
})

test('a ledger that is opened again goes on where it ended', async (t) => {
  const { data_dir, ledger } = await openShop(t)
  await ask(ledger, receive('p_card', 'o_1', '000000000001'))
  await ledger.close()
  const again = await openLedger({ data_dir, time_zone: TIME_ZONE })
  t.after(() => again.close())
  await ask(again, consume('000000000001'))
  assert.deepEqual(
    everythingIn(data_dir)[0]!.facts.map(({ fact, kind }) => `${fact} ${kind}`),
    ['1 merchant_created', '2 card_created', '3 card_approved', '4 code_received', '5 code_consumed'],
  )
})

test('two ledgers on one folder, as a command beside a server, take turns', async (t) => {
  const { data_dir, ledger } = await openShop(t, 1000)
  const beside = await openLedger({ data_dir, time_zone: TIME_ZONE })
  t.after(() => beside.close())
  const told = await reasons(
    Array.from({ length: 200 }, (_, n) => ask(n % 2 ? ledger : beside, receive('p_card', `o_${n}`, numberOf(n)))),
  )
  assert.ok(told.every((reason) => reason === 'ok'))
  assert.deepEqual((await verify({ data_dir })).differences, [])
})

test('a folder that cannot be one, a newer database and an unknown zone are told when the ledger is opened', async () => {
  const file = join(newDataDir(), 'file')
  writeFileSync(file, '')
  await assert.rejects(openLedger({ data_dir: file, time_zone: TIME_ZONE }), /EEXIST|ENOTDIR/)

  const data_dir = newDataDir()
  await openStoreForWriting(data_dir).close()
  sql(data_dir, 'pragma user_version = 99')
  await assert.rejects(openLedger({ data_dir, time_zone: TIME_ZONE }), /the database has version 99/)

  await assert.rejects(openLedger({ data_dir: newDataDir(), time_zone: 'Mars/Olympus' }), /time zone/)
})
