import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { databasePath, type Place } from '../../src/store/open.ts'
import { askPostgres, connectTo } from './sql.ts'

/** Where the data of a folder are: the tests of the whole program run on either engine, as test/run.ts says. */

export const ENGINE = process.env['TEST_ENGINE'] === 'postgres' ? 'postgres' : 'sqlite'

/** Of a PostgreSQL that is there for tests. */
export function postgresUrl(): string {
  const url = process.env['TEST_POSTGRES_URL']
  if (url === undefined) throw new Error('TEST_POSTGRES_URL names no PostgreSQL: `npm test` starts one')
  return url
}

const made = new Map<string, Promise<void>>()

const nameOf = (data_dir: string): string => `t${createHash('sha256').update(data_dir).digest('hex').slice(0, 24)}`

/** Of a folder: on PostgreSQL each has a database of its own. */
export async function placeOf(data_dir: string): Promise<Place> {
  return ENGINE === 'sqlite' ? { data_dir } : { data_dir, database_url: await databaseOf(data_dir) }
}

/** The address of a folder's database, which is made where there is none. */
export async function databaseOf(data_dir: string): Promise<string> {
  const name = nameOf(data_dir)
  let making = made.get(name)
  if (!making) made.set(name, (making = makeDatabase(name)))
  await making
  return `${postgresUrl()}/${name}`
}

/** Asks, or changes, what the program keeps of a folder, behind its back. */
export async function sqlIn(data_dir: string, statement: string): Promise<object[]> {
  if (ENGINE === 'sqlite') return onSqlite(data_dir, statement)
  return askPostgres(await databaseOf(data_dir), statement)
}

/** All that is kept of a folder, as bytes: its files, or every row of every table. */
export async function everyByteOf(data_dir: string): Promise<Buffer[]> {
  if (ENGINE === 'sqlite') {
    const files = globSync('**/*', { cwd: data_dir, withFileTypes: true }).filter((file) => file.isFile())
    return files.map(({ parentPath, name }) => readFileSync(`${parentPath}/${name}`))
  }
  const tables = await sqlIn(data_dir, "select tablename as name from pg_tables where schemaname = 'public'")
  return Promise.all(
    (tables as { name: string }[]).map(async ({ name }) =>
      Buffer.from(JSON.stringify(await sqlIn(data_dir, `select row_to_json(t)::text as row from ${name} t`))),
    ),
  )
}

function onSqlite(data_dir: string, statement: string): object[] {
  const db = new DatabaseSync(databasePath(data_dir), { timeout: 10_000 })
  try {
    return db.prepare(statement).all()
  } finally {
    db.close()
  }
}

/** Keeps all others from writing; resolves, once that is so, to what lets them write again. */
export async function holdWrites(data_dir: string): Promise<() => Promise<void>> {
  if (ENGINE === 'sqlite') {
    const db = new DatabaseSync(databasePath(data_dir))
    db.exec('begin immediate')
    return async () => db.close()
  }
  const client = await connectTo(await databaseOf(data_dir))
  await client.query('begin; lock table tip in access exclusive mode')
  return () => client.end()
}

async function makeDatabase(name: string): Promise<void> {
  const url = `${postgresUrl()}/postgres`
  const [found] = await askPostgres(url, `select from pg_database where datname = '${name}'`)
  if (!found) await askPostgres(url, `create database ${name}`)
}
