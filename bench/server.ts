import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** A server under measurement: a process of its own, on a free port of loopback. */
export interface Started {
  url: string
  /** From spawn to the line that says it is ready. */
  start_ms: number
  stop(): Promise<void>
}

export const startKaquan = (data_dir: string, tracer: readonly string[] = []): Promise<Started> =>
  start([join(import.meta.dirname, '../bin/kaquan.js'), 'serve'], { DATA_DIR: data_dir }, tracer)

export const startEcho = (): Promise<Started> => start([join(import.meta.dirname, 'echo.ts')], {})

const SETTINGS = { HOST: '127.0.0.1', PORT: '0', DEMO: '0', LOG_LEVEL: 'warn' }

/** Starts a program of Node's that tells on its output where it listens. */
export async function start(args: readonly string[], env: object, tracer: readonly string[] = []): Promise<Started> {
  const [command, ...rest] = [...tracer, process.execPath, ...args]
  const begun = performance.now()
  const child = spawn(command!, rest, {
    env: { ...process.env, ...SETTINGS, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const url = await readiness(child.stdout)
  const start_ms = performance.now() - begun
  const pid = tracer.length > 0 ? onlyChildOf(child.pid!) : child.pid!

  const killOnExit = (): void => void process.kill(pid, 'SIGKILL')
  process.prependOnceListener('exit', killOnExit)
  void exited.then(() => process.off('exit', killOnExit))
  return {
    url,
    start_ms,
    async stop() {
      process.kill(pid, 'SIGTERM')
      await exited
    },
  }
}

async function readiness(stdout: Readable): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const url = /^listening on (http:\S+)$/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error('a server ended before it was ready')
}

/** A tracer keeps signals to itself, so its program is sent them by its own number. */
const onlyChildOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'))
