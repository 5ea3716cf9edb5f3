import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { placeOf } from './place.ts'

/**
 * The program as its users have it: a process of its own, on a folder of its own, seen only through HTTP and the shell.
 */

const PROGRAM = join(import.meta.dirname, '../../bin/kaquan.js')

export interface TestServer {
  url: string
  data_dir: string
  pid: number
  /** What it wrote to standard output before it was ready. */
  output: string
  /** As an operator does; resolves to the exit code. */
  stop(): Promise<number | null>
  /** As a power cut does. */
  kill(): Promise<void>
}

export type Environment = Record<string, string>

/** The settings, with the address of the database where the folder has one elsewhere: see place.ts. */
export async function withDatabase(settings: Environment): Promise<Environment> {
  const { DATA_DIR, DATABASE_URL } = settings
  if (DATA_DIR === undefined || DATABASE_URL !== undefined) return settings
  const { database_url } = await placeOf(DATA_DIR)
  return database_url === undefined ? settings : { ...settings, DATABASE_URL: database_url }
}

const folders = mkdtempSync(join(tmpdir(), 'kaquan-test-'))
process.once('exit', () => rmSync(folders, { recursive: true, force: true }))

/** A new folder under the temporary one, removed when the process of the test ends. */
export const newFolder = (): string => mkdtempSync(join(folders, 'folder-'))

/** Starts a server and waits until it is ready. Without settings of its own it has no demo and takes a free port. */
export async function startServer(settings: Environment = {}): Promise<TestServer> {
  const data_dir = settings['DATA_DIR'] ?? newFolder()
  const usual = { PORT: '0', DEMO: '0', LOG_LEVEL: 'error' }
  const env = { ...process.env, ...usual, ...(await withDatabase({ ...settings, DATA_DIR: data_dir })) }
  const child = spawn(process.execPath, [PROGRAM, 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit') as Promise<[number | null]>
  const killOnExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killOnExit)
  void exited.then(() => process.off('exit', killOnExit))
  const { url, output } = await readiness(child.stdout)
  return {
    url,
    data_dir,
    pid: child.pid!,
    output,
    async stop() {
      child.kill('SIGTERM')
      return (await exited)[0]
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function readiness(stdout: Readable): Promise<{ url: string; output: string }> {
  let output = ''
  for await (const line of createInterface({ input: stdout })) {
    output += `${line}\n`
    const url = /^listening on (http:\S+)$/.exec(line)?.[1]
    if (url !== undefined) return { url, output }
  }
  throw new Error(`the server ended before it was ready:\n${output}`)
}

export interface Ran {
  code: number
  stdout: string
  stderr: string
}

/** Runs one command of the command line to its end. */
export async function runCli(args: readonly string[], settings: Environment = {}): Promise<Ran> {
  const env = { ...process.env, ...(await withDatabase(settings)) }
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, ...args], { env })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as Ran
    return { code, stdout, stderr }
  }
}

export interface Merchant {
  appid: string
  secret: string
}

/** A new merchant on a server's data, made by the command line. */
export async function makeMerchant({ data_dir }: { data_dir: string }, ...flags: string[]): Promise<Merchant> {
  const { code, stdout, stderr } = await runCli(['merchant', 'create', '--json', ...flags], { DATA_DIR: data_dir })
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Merchant
}
