import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openRemoteStore } from '../../src/store/open.ts'
import { newDataDir } from '../support/data.ts'
import { databaseOf } from '../support/place.ts'
import { askPostgres } from '../support/sql.ts'

const SCRIPT = readFileSync(join(import.meta.dirname, '../../docs/guide/citus.sql'), 'utf8')

/** What Citus adds to PostgreSQL, as far as the script asks for it: they note what they were called with. */
const STAND_INS = `
  create table told (name regclass primary key, how text not null);
  create function create_reference_table(name regclass) returns void language sql
    as $$ insert into told values (name, 'whole') $$;
  create function create_distributed_table(name regclass, by text, colocate_with text default 'default') returns void
    language sql as $$ insert into told values (name, by) $$;`

test('the script for Citus runs, and spreads every table by the merchant or keeps it whole', async () => {
  const url = await databaseOf(newDataDir())
  await (await openRemoteStore(url)).close()
  await askPostgres(url, STAND_INS)
  await askPostgres(url, SCRIPT.replace(/^--.*$/gm, ''))
  const tables = await askPostgres<{ name: string; how: string | null }>(
    url,
    `select t.tablename as name, told.how from pg_tables t left join told on told.name = t.tablename::regclass
      where t.schemaname = 'public' and t.tablename not in ('told', 'schema_version') order by 1`,
  )
  assert.ok(tables.length > 15)
  for (const { name, how } of tables) {
    assert.equal(how, ['merchant', 'token'].includes(name) ? 'whole' : 'merchant', name)
  }
})

test('every key and every index of a table that is spread begins with the merchant', async () => {
  const url = await databaseOf(newDataDir())
  await (await openRemoteStore(url)).close()
  const indexes = await askPostgres<{ indexname: string; indexdef: string }>(
    url,
    `select indexname, indexdef from pg_indexes
      where schemaname = 'public' and tablename not in ('merchant', 'token')`,
  )
  assert.ok(indexes.length > 20)
  for (const { indexname, indexdef } of indexes) assert.match(indexdef, /USING btree \(merchant[,)]/, indexname)
})
