import type { Socket } from 'node:net'
import pg from 'pg'
import { urlsIn } from '../../database-url.ts'
import { IS_STANDBY, isAway, isRefused } from './failure.ts'
import { Statements, type Statement } from './statements.ts'

/**
 * For statements that name few rows by their keys: a plan that reads a whole table is never right for them, however few
 * rows the server believes it to have.
 */
export const FOR_SHORT_STATEMENTS = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  // What is looked up differs from row to row.
  enable_memoize: 'off',
  jit: 'off',
}

/**
 * If this program's machine is cut off while it holds a merchant's tip, the server notices within half a minute and
 * releases the tip. The keepalives are for a packet that has arrived in part: waiting for the rest does not count as
 * idling.
 */
export const LEAVING_NO_LOCK = {
  idle_in_transaction_session_timeout: '60000',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
}

/**
 * How long the server may be silent while it is asked something: the longest wait for a merchant's tip is what an
 * import takes for a page. If the network is cut silently, the system itself would notice only after a quarter of an
 * hour.
 */
const SILENCE_MS = 30_000

/** PostgreSQL stores no text with a NUL, and cannot even be asked for one: such a key finds nothing, as in SQLite. */
export const isNowhere = (key: unknown): boolean => typeof key === 'string' && key.includes('\0')

/** The statements that each connection has parsed. */
const parsedOf = new WeakMap<pg.PoolClient, Set<string>>()

/** One connection, whose statements are sent without waiting for earlier answers. */
export class Connection {
  readonly #client: pg.PoolClient
  readonly #silence_ms: number
  readonly #parsed: Set<string>
  #asked: Asked[] = []
  #isBroken = false

  constructor(client: pg.PoolClient, silence_ms: number) {
    this.#client = client
    this.#silence_ms = silence_ms
    this.#parsed = parsedOf.get(client) ?? new Set()
    parsedOf.set(client, this.#parsed)
  }

  /** Sends a statement together with those asked in the same turn; if one is refused, so are those after it. */
  async ask<Row extends object = object>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const settled = Promise.withResolvers<unknown[]>()
    if (this.#asked.push({ statement: [text, parameters], settled }) === 1) process.nextTick(() => this.#sendAsked())
    return (await settled.promise) as Row[]
  }

  /** Sends a statement and gives each row as a list of its columns. */
  async askLists<Record extends unknown[]>(text: string, parameters: readonly unknown[]): Promise<Record[]> {
    void this.#sendAsked()
    const [rows] = await this.#send([[text, parameters]], true)
    return rows as Record[]
  }

  /** Sends statements together; if one is refused, those after it are not carried out. */
  async carryOut(statements: readonly Statement[]): Promise<void> {
    void this.#sendAsked()
    await this.#send(statements)
  }

  /** Runs a script: statements without parameters, which may take long. */
  async run(script: string): Promise<void> {
    await this.#watch(this.#client.query(script))
  }

  /** Gives the connection back. A broken one is thrown away, and replaced when needed. */
  release(): void {
    this.#client.release(this.#isBroken)
  }

  async #sendAsked(): Promise<void> {
    const asked = this.#asked
    if (asked.length === 0) return
    this.#asked = []
    try {
      const answers = await this.#send(asked.map(({ statement }) => statement))
      asked.forEach(({ settled }, place) => settled.resolve(answers[place]!))
    } catch (error) {
      for (const { settled } of asked) settled.reject(error)
    }
  }

  #send(statements: readonly Statement[], asLists = false): Promise<unknown[][]> {
    const sent = new Statements(statements, this.#parsed, asLists)
    this.#client.query(sent)
    return this.#watch(inTime(this.#client, this.#silence_ms, sent.answers), sent)
  }

  async #watch<Answer>(sent: Promise<Answer>, statements?: Statements): Promise<Answer> {
    try {
      return await sent
    } catch (error) {
      if (!isRefused(error) || statements?.hasNew) this.#isBroken = true
      throw error
    }
  }
}

/** A member missing from the driver's types. */
const streamOf = (client: pg.PoolClient): Socket =>
  (client as unknown as { connection: { stream: Socket } }).connection.stream

interface Asked {
  statement: Statement
  settled: PromiseWithResolvers<unknown[]>
}

/** A pool of connections, made when they are needed. */
export class Database {
  readonly #pool: pg.Pool
  readonly #settings: Record<string, string>
  readonly #prepared = new WeakSet<pg.PoolClient>()
  readonly #urls: readonly string[]
  readonly #silence_ms: number
  /** Which of several hosts is the primary, as far as was last found out. */
  #host = 0

  /**
   * @param most how many connections there may be at a time
   * @param silence_ms how long the server may be silent while it is asked something
   */
  constructor(
    database_url: string,
    most: number,
    settings: Record<string, string> = {},
    silence_ms: number = SILENCE_MS,
  ) {
    this.#silence_ms = silence_ms
    this.#settings = { synchronous_commit: 'on', ...settings }
    this.#urls = urlsIn(database_url)
    const url = (): string => this.#urls[this.#host]!
    this.#pool = new pg.Pool({
      Client: class extends pg.Client {
        constructor(config?: pg.ClientConfig) {
          super({ ...config, connectionString: url() })
        }
      },
      max: most,
      pipeline: true,
      application_name: 'kaquan',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 0,
    })
    // Whoever has asked hears of it; a connection that breaks while idle is no loss.
    this.#pool.on('connect', (client) => client.on('error', () => {}))
    this.#pool.on('error', () => {})
  }

  async reserve(): Promise<Connection> {
    for (let tries = 1; ; tries++) {
      const host = this.#host
      try {
        return new Connection(await this.#connect(), this.#silence_ms)
      } catch (error) {
        if (!isAway(error)) throw error
        // Unless another caller has moved on from this host already.
        if (this.#host === host) this.#host = (host + 1) % this.#urls.length
        if (tries === this.#urls.length) throw error
      }
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    const client = await this.#pool.connect()
    if (this.#prepared.has(client)) return client
    try {
      await inTime(client, this.#silence_ms, prepare(client, this.#settings))
    } catch (error) {
      client.release(true)
      throw error
    }
    this.#prepared.add(client)
    return client
  }

  /** Asks on any connection. */
  async ask<Row extends object>(statement: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const connection = await this.reserve()
    try {
      return await connection.ask<Row>(statement, parameters)
    } finally {
      connection.release()
    }
  }

  /** Resolves when all connections have been given back. */
  async end(): Promise<void> {
    await this.#pool.end()
  }
}

/** Limits of time that a database may set for everybody: those of them that the server knows. */
const NO_LIMITS = `select set_config(name, '0', false) from pg_settings
  where name in ('statement_timeout', 'lock_timeout', 'transaction_timeout')`

/** Sets up a new connection before its first use. */
async function prepare(client: pg.PoolClient, settings: Record<string, string>): Promise<void> {
  const set = [NO_LIMITS, ...Object.entries(settings).map(([name, value]) => `set ${name} = ${value}`)]
  const asked = client.query<{ is_standby: boolean }>('select pg_is_in_recovery() as is_standby')
  const [{ rows }] = await all([asked, ...set.map((statement) => client.query(statement))])
  if (rows[0]!.is_standby) throw Object.assign(new Error('the server is a standby'), { code: IS_STANDBY })
}

/** Ends a connection, and with it all that was sent on it, if the server is silent for too long. */
async function inTime<Answer>(client: pg.PoolClient, silence_ms: number, answers: Promise<Answer>): Promise<Answer> {
  if (silence_ms === Infinity) return answers
  const timer = setTimeout(() => streamOf(client).destroy(), silence_ms)
  try {
    return await answers
  } finally {
    clearTimeout(timer)
  }
}

/** Like Promise.all, but waits for all, so that no rejection goes unhandled. */
export async function all<const Sent extends readonly unknown[]>(
  sent: Sent,
): Promise<{ -readonly [Place in keyof Sent]: Awaited<Sent[Place]> }> {
  const settled = await Promise.allSettled(sent)
  const failed = settled.find(({ status }) => status === 'rejected')
  if (failed) throw (failed as PromiseRejectedResult).reason
  return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as never
}
