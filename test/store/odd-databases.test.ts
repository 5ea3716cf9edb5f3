import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { verify } from '../../src/ledger/verify.ts'
import { openRemoteStore, openStoreSnapshot } from '../../src/store/open.ts'
import { ReadingEnded } from '../../src/store/store.ts'
import { NewerDatabase } from '../../src/store/version.ts'
import { newMerchant, receive, newCard } from '../support/ask.ts'
import { newDataDir, openCommitting, waiting } from '../support/data.ts'
import { CALENDAR, NOW } from '../support/given.ts'
import { startCutter } from '../support/cutter.ts'
import { databaseOf, postgresUrl } from '../support/place.ts'
import { askPostgres, connectTo } from '../support/sql.ts'

/** Databases that are not as Kaquan expects them: it works there all the same, or says in one line what is wrong. */

const nameOf = (url: string): string => new URL(url).pathname.slice(1)

async function openAndClose(database_url: string): Promise<void> {
  await (await openRemoteStore(database_url)).close()
}

for (const level of ['repeatable read', 'serializable']) {
  test(`of several processes that start together on a database whose transactions are ${level}, one makes the tables`, async () => {
    const database_url = await databaseOf(newDataDir())
    await askPostgres(
      database_url,
      `alter database ${nameOf(database_url)} set default_transaction_isolation = '${level}'`,
    )
    // They all wait while somebody holds the lock of the upgrade.
    const holder = await connectTo(database_url)
    await holder.query('select pg_advisory_lock(1801548149)')
    const opening = Promise.allSettled([1, 2, 3].map(() => openAndClose(database_url)))
    for (let waiters = 0; waiters < 3; await delay(20)) {
      const [found] = await askPostgres<{ waiters: number }>(
        database_url,
        `select count(*)::integer as waiters from pg_locks l join pg_database d on d.oid = l.database
          where l.locktype = 'advisory' and not l.granted and d.datname = current_database()`,
      )
      waiters = found!.waiters
    }
    await holder.end()
    assert.deepEqual(
      (await opening).filter(({ status }) => status === 'rejected'),
      [],
    )
  })
}

test('a database that holds tables of another program is left as it is', async () => {
  for (const tables of [
    'create table schema_version (version integer primary key, by_whom text); insert into schema_version values (0)',
    'create table schema_version (version integer not null); insert into schema_version values (7)',
    'create table schema_version (version text); create table merchant (merchant integer)',
    'create table merchant (id integer)',
  ]) {
    const database_url = await databaseOf(newDataDir())
    await askPostgres(database_url, tables)
    const all = 'select relname, reltuples from pg_class where relnamespace = current_schema()::regnamespace order by 1'
    const before = await askPostgres(database_url, all)
    await assert.rejects(openRemoteStore(database_url), /holds tables of another program/, tables)
    assert.deepEqual(await askPostgres(database_url, all), before)
  }
})

test('tables of another program in another schema are in nobody’s way', async () => {
  const database_url = await databaseOf(newDataDir())
  await askPostgres(
    database_url,
    `create table public.merchant (id integer); create schema kaquan;
     alter database ${nameOf(database_url)} set search_path = kaquan, public`,
  )
  await openAndClose(database_url)
  await openAndClose(database_url)
})

test('a database that cannot hold every text is refused at the start', async () => {
  const name = 'latin'
  await askPostgres(`${postgresUrl()}/postgres`, `drop database if exists ${name}`)
  await askPostgres(
    `${postgresUrl()}/postgres`,
    `create database ${name} template template0 encoding 'LATIN1' locale 'C'`,
  )
  await assert.rejects(openRemoteStore(`${postgresUrl()}/${name}`), /encoding is LATIN1/)
})

test('who only reads refuses the tables of a newer program too, and a database that has none', async () => {
  const database_url = await databaseOf(newDataDir())
  const place = { data_dir: newDataDir(), database_url }
  await assert.rejects(openStoreSnapshot(place), /holds no data yet/)
  await openAndClose(database_url)
  await askPostgres(database_url, 'update schema_version set version = 99')
  await assert.rejects(openStoreSnapshot(place), NewerDatabase)
  await assert.rejects(openRemoteStore(database_url), NewerDatabase)
})

test('limits of time that a database sets for everybody are not Kaquan’s: a slow reader, a long upgrade', async () => {
  const database_url = await databaseOf(newDataDir())
  const place = { data_dir: newDataDir(), database_url }
  await openAndClose(database_url)
  for (const setting of [
    "statement_timeout = '20ms'",
    "lock_timeout = '20ms'",
    "idle_in_transaction_session_timeout = '20ms'",
  ]) {
    await askPostgres(database_url, `alter database ${nameOf(database_url)} set ${setting}`)
  }
  const shop = await openCommitting(place)
  await shop.commit(waiting([newMerchant(), newCard('p_card')]), { calendar: CALENDAR, now: () => NOW })
  await shop.close()
  const snapshot = await openStoreSnapshot(place)
  await delay(100)
  const [merchant] = await snapshot.merchants()
  const facts = []
  for await (const fact of snapshot.facts(merchant!.appid)) facts.push(fact)
  assert.equal(facts.length, 3)
  await snapshot.close()
})

test('where the connection is cut while it is verified, nothing is proved, and nothing is called lost', async (t) => {
  const database_url = await databaseOf(newDataDir())
  const place = { data_dir: newDataDir(), database_url }
  const shop = await openCommitting(place)
  const codes = Array.from({ length: 50 }, (_, n) => receive('p_card', `o_${n}`, String(n).padStart(12, '0')))
  await shop.commit(waiting([newMerchant(), newCard('p_card'), ...codes]), { calendar: CALENDAR, now: () => NOW })
  await shop.close()
  const cutter = await startCutter(database_url)
  t.after(() => cutter.close())
  cutter.cutWhere('declare')
  const told: string[] = []
  const proof = verify({ ...place, database_url: cutter.url }, (difference) => void told.push(difference))
  await assert.rejects(proof, (error) => error instanceof ReadingEnded && error.message.startsWith('DATABASE_URL: '))
  assert.deepEqual(told, [])
})
