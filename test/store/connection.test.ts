import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Database, type Connection } from '../../src/store/postgres/connect.ts'
import { startCutter } from '../support/cutter.ts'
import { newDataDir } from '../support/data.ts'
import { databaseOf } from '../support/place.ts'

/** One connection to PostgreSQL, and statements that share packets on it. */

async function open(t: TestContext, query = ''): Promise<{ connection: Connection; db: Database }> {
  const db = new Database(`${await databaseOf(newDataDir())}${query}`, 1)
  const connection = await db.reserve()
  t.after(async () => {
    connection.release()
    await db.end()
  })
  return { connection, db }
}

test('what is asked in one turn is answered each for itself, whatever its parameters are', async (t) => {
  const { connection } = await open(t)
  const texts = ['', 'NULL', '券', `it's "so" \\ {1,2}`, null]
  const answers = await Promise.all([
    connection.ask('select $1::text as text, $2::bigint as number', ['a"b', 2 ** 40]),
    connection.ask('select unnest($1::text[]) as text', [texts]),
    connection.ask('select unnest($1::bytea[]) as bytes', [[Buffer.from([0, 255, 92])]]),
    connection.ask('select null::integer as nothing, true as truth where $1::integer is null', [null]),
  ])
  assert.deepEqual(answers, [
    [{ text: 'a"b', number: 2 ** 40 }],
    texts.map((text) => ({ text })),
    [{ bytes: Buffer.from([0, 255, 92]) }],
    [{ nothing: null, truth: true }],
  ])
})

test('one name of a cursor after the other gives the columns of its own', async (t) => {
  const { connection } = await open(t)
  await connection.ask('begin')
  for (const column of ['one', 'other']) {
    await connection.ask(`declare page cursor for select 1 as ${column}`)
    assert.deepEqual(await connection.ask('fetch 5 from page'), [{ [column]: 1 }])
    await connection.ask('close page')
  }
  await connection.ask('commit')
})

test('after a statement that is refused those of its turn are refused too, and the next ones are answered', async (t) => {
  const { connection } = await open(t)
  const asked = [
    connection.ask('select 1 as one'),
    connection.ask('select 1 / $1::integer', [0]),
    connection.ask('select 2'),
  ]
  const settled = await Promise.allSettled(asked)
  assert.ok(settled.every(({ status }) => status === 'rejected'))
  assert.deepEqual(await connection.ask('select 3 as three'), [{ three: 3 }])
})

test('a parameter that cannot be written is refused, and the connection goes on', async (t) => {
  const { connection } = await open(t)
  await assert.rejects(connection.ask('select $1::text', [{}]), TypeError)
  assert.deepEqual(await connection.ask('select 3 as three'), [{ three: 3 }])
})

test('statements are carried out in the order in which they are asked for', async (t) => {
  const { connection } = await open(t)
  await connection.ask('create table mark (place bigint generated always as identity, name text)')
  await Promise.all([
    connection.ask("insert into mark (name) values ('first')"),
    connection.carryOut([["insert into mark (name) values ('second')"]]),
  ])
  assert.deepEqual(await connection.ask('select name from mark order by place'), [
    { name: 'first' },
    { name: 'second' },
  ])
})

test('with a query_timeout in the address, a query that was answered in time breaks nothing later', async (t) => {
  const { connection } = await open(t, '?query_timeout=200')
  await connection.ask('select 1')
  await delay(400)
  assert.deepEqual(await connection.ask('select 2 as two'), [{ two: 2 }])
})

test('a server that falls silent is given up after a while, and with it what was asked', async (t) => {
  const cutter = await startCutter(await databaseOf(newDataDir()))
  const db = new Database(cutter.url, 1, {}, 300)
  const connection = await db.reserve()
  t.after(async () => {
    await db.end()
    await cutter.close()
  })
  assert.deepEqual(await connection.ask('select 1 as one'), [{ one: 1 }])
  await delay(400)
  assert.deepEqual(await connection.ask('select 2 as two'), [{ two: 2 }], 'where nothing is asked silence is no fault')
  cutter.fallSilent()
  const asked = [connection.ask('select 3'), connection.carryOut([['select 4']])]
  for (const { status } of await Promise.allSettled(asked)) assert.equal(status, 'rejected')
  connection.release()
})

test('one that falls silent while a connection is prepared is given up too', async (t) => {
  const cutter = await startCutter(await databaseOf(newDataDir()))
  t.after(() => cutter.close())
  cutter.silentFrom('set synchronous_commit')
  const db = new Database(cutter.url, 1, {}, 300)
  await assert.rejects(db.reserve())
  await db.end()
})

test('of several hosts one whose name nobody knows any more is passed by', async () => {
  const { host, pathname, username, password } = new URL(await databaseOf(newDataDir()))
  const db = new Database(`postgres://${username}:${password}@no.such.host.invalid:5432,${host}${pathname}`, 1)
  assert.deepEqual(await db.ask('select 1 as one'), [{ one: 1 }])
  await db.end()
})
