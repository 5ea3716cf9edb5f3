import type { Socket } from 'node:net'
import pg from 'pg'
import { urlsIn } from '../../database-url.ts'
import { IS_STANDBY, isAway, isRefused } from './failure.ts'
import { Statements, type Statement } from './statements.ts'

/**
 * For statements that name few rows by their keys: a plan that reads a table as a whole is never the right one, however few rows the
 * server believes to be there.
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
 * Where this program's machine is cut off while it holds a merchant's tip, the server finds that out within half a minute and gives
 * the tip free: before a packet has arrived whole it waits for the rest, which is no idling.
 */
export const LEAVING_NO_LOCK = {
  idle_in_transaction_session_timeout: '60000',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
}

/**
 * How long the server may say nothing while something is asked of it: a merchant's tip is waited for at most as long as an import
 * takes for a page. Where the way to it was cut without a word, the system itself would find that out after a quarter of an hour.
 */
const SILENCE_MS = 30_000

/** PostgreSQL holds no text with a NUL, and cannot even be asked for one: whoever asks finds nothing, as in SQLite. */
export const isNowhere = (key: unknown): boolean => typeof key === 'string' && key.includes('\0')

/** What each connection has parsed. */
const parsedOf = new WeakMap<pg.PoolClient, Set<string>>()

/** One connection, whose statements are sent without waiting for the answers of those before. */
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

  /** Sends a statement, together with those that are asked in the same turn; where one of these is refused, so are the ones after it. */
  async ask<Row extends object = object>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const settled = Promise.withResolvers<unknown[]>()
    if (this.#asked.push({ statement: [text, parameters], settled }) === 1) process.nextTick(() => this.#sendAsked())
    return (await settled.promise) as Row[]
  }

  /** Sends a statement, whose rows are lists of its columns. */
  async askLists<Record extends unknown[]>(text: string, parameters: readonly unknown[]): Promise<Record[]> {
    void this.#sendAsked()
    const [rows] = await this.#send([[text, parameters]], true)
    return rows as Record[]
  }

  /** Sends statements together; where one is refused, those after it are not carried out. */
  async carryOut(statements: readonly Statement[]): Promise<void> {
    void this.#sendAsked()
    await this.#send(statements)
  }

  /** Runs statements without parameters, as they stand in a script, which may take long. */
  async run(script: string): Promise<void> {
    await this.#watch(this.#client.query(script))
  }

  /** Gives it back. One that broke is thrown away, and another made in its place. */
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
    return this.#watch(this.#inTime(sent.answers), sent)
  }

  /** Ends the connection, and with it all that was sent, where the server is silent for too long. */
  async #inTime<Answer>(answers: Promise<Answer>): Promise<Answer> {
    if (this.#silence_ms === Infinity) return answers
    const timer = setTimeout(() => streamOf(this.#client).destroy(), this.#silence_ms)
    try {
      return await answers
    } finally {
      clearTimeout(timer)
    }
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

/** What the driver's types do not tell. */
const streamOf = (client: pg.PoolClient): Socket =>
  (client as unknown as { connection: { stream: Socket } }).connection.stream

interface Asked {
  statement: Statement
  settled: PromiseWithResolvers<unknown[]>
}

/** Some connections, which are made when they are needed. */
export class Database {
  readonly #pool: pg.Pool
  readonly #settings: Record<string, string>
  readonly #prepared = new WeakSet<pg.PoolClient>()
  readonly #urls: readonly string[]
  readonly #silence_ms: number
  /** Of several hosts one is the primary: the one that was found last. */
  #host = 0

  /**
   * @param most how many connections there may be at a time
   * @param silence_ms how long the server may say nothing while something is asked of it
   */
  constructor(
    database_url: string,
    most: number,
    settings: Record<string, string> = {},
    silence_ms: number = SILENCE_MS,
  ) {
    this.#silence_ms = silence_ms
    this.#settings = { synchronous_commit: 'on', statement_timeout: '0', ...settings }
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
    // Whoever has asked is told; a connection that breaks while nobody asks is no loss.
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
        // Unless somebody else has gone on from this host already.
        if (this.#host === host) this.#host = (host + 1) % this.#urls.length
        if (tries === this.#urls.length) throw error
      }
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    const client = await this.#pool.connect()
    if (this.#prepared.has(client)) return client
    try {
      await prepare(client, this.#settings)
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

  /** Resolves when all connections were given back. */
  async end(): Promise<void> {
    await this.#pool.end()
  }
}

/** Before a new connection is used for the first time. */
async function prepare(client: pg.PoolClient, settings: Record<string, string>): Promise<void> {
  const set = Object.entries(settings).map(([name, value]) => client.query(`set ${name} = ${value}`))
  const asked = client.query<{ is_standby: boolean }>('select pg_is_in_recovery() as is_standby')
  const [{ rows }] = await all([asked, ...set])
  if (rows[0]!.is_standby) throw Object.assign(new Error('the server is a standby'), { code: IS_STANDBY })
}

/** Like Promise.all, but for statements that were all sent: none of them may reject unseen. */
export async function all<const Sent extends readonly unknown[]>(
  sent: Sent,
): Promise<{ -readonly [Place in keyof Sent]: Awaited<Sent[Place]> }> {
  const settled = await Promise.allSettled(sent)
  const failed = settled.find(({ status }) => status === 'rejected')
  if (failed) throw (failed as PromiseRejectedResult).reason
  return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as never
}
