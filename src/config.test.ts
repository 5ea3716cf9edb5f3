import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConfigError, readConfig, SETTINGS, settingsIn } from './config.ts'

test('without settings the server is for this machine, on SQLite, by Shanghai time', () => {
  assert.deepEqual(readConfig({}), {
    host: '127.0.0.1',
    port: 8080,
    public_url: undefined,
    data_dir: './data',
    database_url: undefined,
    time_zone: 'Asia/Shanghai',
    demo: true,
    log_level: 'info',
  })
})

test('each setting is taken from the environment', () => {
  const env = {
    HOST: '0.0.0.0',
    PORT: '0',
    PUBLIC_URL: 'https://cards.example.com/shop/',
    DATA_DIR: '/srv/kaquan',
    DATABASE_URL: 'postgres://cards:secret@db.example.com:5433/kaquan',
    TIME_ZONE: 'Europe/Berlin',
    DEMO: '0',
    LOG_LEVEL: 'silent',
  }
  assert.deepEqual(readConfig(env), {
    host: '0.0.0.0',
    port: 0,
    public_url: 'https://cards.example.com/shop',
    data_dir: '/srv/kaquan',
    database_url: 'postgres://cards:secret@db.example.com:5433/kaquan',
    time_zone: 'Europe/Berlin',
    demo: false,
    log_level: 'silent',
  })
})

test('an empty setting counts as unset', () => {
  const empty = Object.fromEntries(SETTINGS.map(({ name }) => [name, '']))
  assert.deepEqual(readConfig(empty), readConfig({}))
})

test('settings are listed with their present value, else their default', () => {
  const values = settingsIn({ PORT: '9090', PATH: '/usr/bin' })
  assert.equal(values.get('PORT'), '9090')
  assert.equal(values.get('HOST'), '127.0.0.1')
  assert.deepEqual(
    [...values.keys()],
    SETTINGS.map(({ name }) => name),
  )
})

const shownUrl = (DATABASE_URL: string): string => settingsIn({ DATABASE_URL }).get('DATABASE_URL')!

for (const [url, shown] of [
  ['postgres://cards:hush@db/kaquan', 'postgres://cards:***@db/kaquan'],
  ['postgres://cards:hu@sh@db:5433/kaquan', 'postgres://cards:***@db:5433/kaquan'],
  ['postgres://cards:hush@one:5432,two:5433/kaquan', 'postgres://cards:***@one:5432,two:5433/kaquan'],
  ['postgres://db/kaquan?user=cards&password=hush', 'postgres://db/kaquan?user=cards&password=***'],
  ['postgres://one:5432,two/kaquan?pass%77ord=hush&x=1', 'postgres://one:5432,two/kaquan?pass%77ord=***&x=1'],
  ['postgres://cards@db/kaquan?sslmode=require', 'postgres://cards@db/kaquan?sslmode=require'],
  ['postgres://cards:hush/hush@db/kaquan', '***'],
  ['postgres://cards:hush@db', '***'],
  ['cards:hush@db/kaquan', '***'],
] as const) {
  test(`the password of a database is shown to nobody: ${url}`, () => {
    assert.equal(shownUrl(url), shown)
  })
}

test('the password of a database is in no message either', () => {
  assert.throws(
    () => readConfig({ DATABASE_URL: 'postgres://cards:hush@db' }),
    (error: Error) => !error.message.includes('hush'),
  )
})

test('no other setting is taken for one with a password', () => {
  const DATA_DIR = '/tmp/x://a:b@c'
  assert.equal(readConfig({ DATA_DIR }).data_dir, DATA_DIR)
  assert.equal(settingsIn({ DATA_DIR }).get('DATA_DIR'), DATA_DIR)
})

test('a database may be on several hosts', () => {
  const url = 'postgres://cards:secret@db1.example.com:5432,db2.example.com:5433/kaquan'
  assert.equal(readConfig({ DATABASE_URL: url }).database_url, url)
  assert.throws(() => readConfig({ DATABASE_URL: 'postgres://cards:secret@db1,db2' }), ConfigError)
})

/** Values that make no sense. */
const SENSELESS: Record<string, readonly string[]> = {
  HOST: ['http://localhost', 'local host', '127.0.0.1:8080'],
  PORT: ['-1', '65536', '80.5', '0x50', 'http', ' 8080', '999999'],
  PUBLIC_URL: ['cards.example.com', 'ftp://cards.example.com', '//cards.example.com', 'https://'],
  DATABASE_URL: ['mysql://localhost/kaquan', 'sqlite:data', 'postgres://localhost', 'localhost:5432/kaquan'],
  TIME_ZONE: ['Mars/Olympus', 'Shanghai', 'UTC+8'],
  DEMO: ['yes', 'true', '2'],
  LOG_LEVEL: ['verbose', 'INFO', '30'],
}

for (const [name, values] of Object.entries(SENSELESS)) {
  for (const value of values) {
    test(`${name}=${value} stops the start with one line that names ${name}`, () => {
      assert.throws(() => readConfig({ [name]: value }), isOneLineNaming(name))
    })
  }
}

test('whatever a setting holds, it is taken or stops the start with one line that names it', () => {
  const names = fc.constantFrom(...SETTINGS.map(({ name }) => name))
  const values = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('1', '/', ':', 'a', '\n', '字') }))
  fc.assert(
    fc.property(names, values, (name, value) => {
      try {
        readConfig({ [name]: value })
      } catch (error) {
        isOneLineNaming(name)(error)
      }
    }),
    { numRuns: 2000 },
  )
})

function isOneLineNaming(name: string) {
  return (error: unknown): true => {
    assert.ok(error instanceof ConfigError)
    assert.match(error.message, new RegExp(`^${name}: [^\\n]+$`))
    return true
  }
}
