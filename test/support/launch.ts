import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Environment } from './server.ts'

/** A server that is watched closely: all that it writes, and how it ends. */

const PROGRAM = join(import.meta.dirname, '../../bin/kaquan.js')

export interface Launched {
  /** Resolves to its address once it says that it listens. */
  ready: Promise<string>
  signal(signal: NodeJS.Signals): void
  /** Resolves to the exit code. */
  ended: Promise<number | null>
  written: { stdout: string; stderr: string }
}

export function launch(settings: Environment): Launched {
  const env = { ...process.env, PORT: '0', ...settings }
  const child = spawn(process.execPath, [PROGRAM, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const killOnExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killOnExit)
  const ended = (once(child, 'close') as Promise<[number | null]>).then(([code]) => code)

  const written = { stdout: '', stderr: '' }
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>()
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.stdout += text
    const url = /^listening on (http:\S+)$/m.exec(written.stdout)?.[1]
    if (url !== undefined) resolve(url)
  })
  child.once('close', () => {
    process.off('exit', killOnExit)
    reject(new Error(`the server ended before it was ready: ${written.stderr}`))
  })
  ready.catch(() => undefined)
  return { ready, ended, written, signal: (signal) => void child.kill(signal) }
}
