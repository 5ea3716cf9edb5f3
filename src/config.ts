import { statSync } from 'node:fs'
import { isIP } from 'node:net'
import { openCalendar } from './clock.ts'
import { urlsIn, withoutPasswords } from './database-url.ts'

/** Every setting of a server, read from the environment. */
export interface Config {
  host: string
  port: number
  /** Undefined until the port is known: http://HOST:PORT. */
  public_url: string | undefined
  data_dir: string
  /** Undefined: SQLite in `data_dir`. */
  database_url: string | undefined
  time_zone: string
  demo: boolean
  log_level: string
}

interface Setting {
  name: string
  default: string
  meaning: string
}

export const SETTINGS: readonly Setting[] = [
  { name: 'HOST', default: '127.0.0.1', meaning: 'The address to listen on.' },
  { name: 'PORT', default: '8080', meaning: 'The port to listen on; 0 takes a free one and prints it.' },
  { name: 'PUBLIC_URL', default: 'http://HOST:PORT', meaning: 'What links begin with.' },
  { name: 'DATA_DIR', default: './data', meaning: 'The folder of the database.' },
  {
    name: 'DATABASE_URL',
    default: '',
    meaning:
      'Unset: SQLite in DATA_DIR. postgres://user:password@host:port/database: PostgreSQL; of several hosts, host:port,host:port, the primary.',
  },
  { name: 'TIME_ZONE', default: 'Asia/Shanghai', meaning: 'Whose days count, for validity and statistics.' },
  { name: 'DEMO', default: '1', meaning: '0: the very first start makes no demo merchant.' },
  { name: 'LOG_LEVEL', default: 'info', meaning: 'trace, debug, info, warn, error, fatal or silent.' },
]

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/** A setting that makes no sense. Its message is one line that names the setting. */
export class ConfigError extends Error {}

/** The value of each setting: from the environment, else its default. An empty value counts as unset. */
const valuesIn = (env: NodeJS.ProcessEnv): Map<string, string> =>
  new Map(SETTINGS.map(({ name, default: usual }) => [name, env[name] || usual]))

/** The same, as they may be shown. */
export function settingsIn(env: NodeJS.ProcessEnv): Map<string, string> {
  const values = valuesIn(env)
  const database_url = values.get('DATABASE_URL')
  return database_url ? values.set('DATABASE_URL', withoutPasswords(database_url)) : values
}

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = valuesIn(env)
  const value = (name: string): string => values.get(name)!

  return {
    host: readHost(value('HOST')),
    port: readPort(value('PORT')),
    public_url: env['PUBLIC_URL'] ? readUrl(env['PUBLIC_URL']) : undefined,
    data_dir: readDataDir(value('DATA_DIR')),
    database_url: env['DATABASE_URL'] ? readDatabaseUrl(env['DATABASE_URL']) : undefined,
    time_zone: readTimeZone(value('TIME_ZONE')),
    demo: readSwitch('DEMO', value('DEMO')),
    log_level: readLogLevel(value('LOG_LEVEL')),
  }
}

/** Any value, on one line. */
const shown = (value: string): string => JSON.stringify(value).slice(1, -1)

function readHost(value: string): string {
  if (isIP(value) === 0 && !/^(?=.*[a-z])[a-z\d-]+(\.[a-z\d-]+)*$/i.test(value)) {
    throw new ConfigError(`HOST: ${shown(value)} is neither an address nor the name of a host`)
  }
  return value
}

function readDataDir(value: string): string {
  if (statSync(value, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new ConfigError(`DATA_DIR: ${shown(value)} is not a folder`)
  }
  return value
}

function readPort(value: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) {
    throw new ConfigError(`PORT: ${shown(value)} is not a port between 0 and 65535`)
  }
  return Number(value)
}

function readUrl(value: string): string {
  const url = URL.parse(value)
  if (!url || !/^https?:$/.test(url.protocol))
    throw new ConfigError(`PUBLIC_URL: ${shown(value)} is not an http or https address`)
  return value.replace(/\/+$/, '')
}

/** Never shown, since it holds a password. */
function readDatabaseUrl(value: string): string {
  if (urlsIn(value).length === 0) {
    throw new ConfigError('DATABASE_URL: not an address like postgres://user:password@host:5432/database')
  }
  return value
}

function readTimeZone(value: string): string {
  try {
    openCalendar(value)
    return value
  } catch {
    throw new ConfigError(`TIME_ZONE: ${shown(value)} is not the name of a time zone, such as Asia/Shanghai`)
  }
}

function readSwitch(name: string, value: string): boolean {
  if (value !== '0' && value !== '1') throw new ConfigError(`${name}: ${shown(value)} is neither 0 nor 1`)
  return value === '1'
}

function readLogLevel(value: string): string {
  if (!LOG_LEVELS.includes(value))
    throw new ConfigError(`LOG_LEVEL: ${shown(value)} is not one of ${LOG_LEVELS.join(', ')}`)
  return value
}
