import { execFileSync, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { freePort } from '../../test/support/free-port.ts'

/** Private database servers from Debian's packages: each in a folder of its own, on a free port of loopback. */

export interface DatabaseServer {
  url: string
  /** Stops the server and removes its folder. */
  stop(): Promise<void>
}

const POSTGRES = '/usr/lib/postgresql/15/bin/postgres'
const INITDB = '/usr/lib/postgresql/15/bin/initdb'
const REDIS = '/usr/bin/redis-server'

export async function startPostgres(): Promise<DatabaseServer> {
  needPackages()
  const folder = newFolder('postgres')
  const owner = ownerOf(folder)
  const data = join(folder, 'data')
  const options = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C']
  execFileSync(INITDB, ['-D', data, ...options], { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })

  const port = await freePort()
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'on',
    synchronous_commit: 'on',
    shared_buffers: '512MB',
    max_wal_size: '4GB',
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(POSTGRES, ['-D', data, ...args], { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const stop = stopperOf(child, 'SIGINT', folder)
  await readiness(child.stderr, 'database system is ready to accept connections')
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop }
}

export async function startRedis(): Promise<DatabaseServer> {
  needPackages()
  const folder = newFolder('redis')
  const port = await freePort()
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'always',
    // No snapshots beside the log.
    save: '',
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn(REDIS, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const stop = stopperOf(child, 'SIGTERM', folder)
  await readiness(child.stdout, 'Ready to accept connections')
  return { url: `redis://127.0.0.1:${port}`, stop }
}

function needPackages(): void {
  if ([POSTGRES, INITDB, REDIS].every((program) => existsSync(program))) return
  throw new Error('PostgreSQL 15 or Redis not found: apt-get install postgresql-15 redis-server')
}

function newFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `kaquan-${name}-`))
  process.once('exit', () => remove(folder))
  return folder
}

const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true, maxRetries: 10 })

/** PostgreSQL refuses to run as root: then it runs as the user that its package made, who is given the folder. */
function ownerOf(folder: string): Pick<SpawnOptions, 'uid' | 'gid'> {
  if (process.getuid?.() !== 0) return {}
  const [uid, gid] = ['-u', '-g'].map((which) => Number(execFileSync('id', [which, 'postgres'])))
  chownSync(folder, uid!, gid!)
  return { uid: uid!, gid: gid! }
}

/** Waits for a line of a server's log, and passes over those to come. */
async function readiness(log: Readable, ready: string): Promise<void> {
  const lines: string[] = []
  for await (const line of createInterface({ input: log })) {
    lines.push(line)
    if (!line.includes(ready)) continue
    log.resume()
    return
  }
  throw new Error(`a server ended before it was ready:\n${lines.join('\n')}`)
}

/** How the server is stopped, which happens at the end of this process too if it did not before. */
function stopperOf(child: ChildProcess, signal: NodeJS.Signals, folder: string): () => Promise<void> {
  const exited = once(child, 'exit')
  const stopOnExit = (): void => {
    child.kill(signal)
    waitUntilEnded(child.pid!)
  }
  // Before its folder is removed.
  process.prependOnceListener('exit', stopOnExit)
  void exited.then(() => process.off('exit', stopOnExit))
  return async () => {
    child.kill(signal)
    await exited
    remove(folder)
  }
}

const PATIENCE_MS = 10_000
const TICK_MS = 20

/** At the end of this process nothing can be awaited, so it looks again and again. */
function waitUntilEnded(pid: number): void {
  const last = Date.now() + PATIENCE_MS
  const nothing = new Int32Array(new SharedArrayBuffer(4))
  while (isRunning(pid)) {
    if (Date.now() > last) return void process.kill(pid, 'SIGKILL')
    Atomics.wait(nothing, 0, 0, TICK_MS)
  }
}

/** A process that ended is a zombie until this one hears of it. */
function isRunning(pid: number): boolean {
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ') Z'
  return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z')
}
