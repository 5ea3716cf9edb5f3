import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Bodies } from './bodies.ts'

export const CONNECTIONS = 64

/** What some seconds of load gave. */
export interface Burst {
  rate: number
  p50_ms: number
  p99_ms: number
  answers: number
  /** Bytes of all answers, with their heads. */
  bytes: number
  /** Requests that broke, or were answered with another status than 2xx or 3xx. */
  failed: number
}

type Measured = Omit<Burst, 'rate'> & { taken: number; duration_s: number }

/** Sends bodies, each as a request of its own, over 64 connections that are kept alive. */
export async function burst(url: string, bodies: Bodies, seconds: number): Promise<Burst> {
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', join(import.meta.dirname, 'lines.lua'), url]
  const from = (bodies.taken % bodies.count) * bodies.width
  const { stdout } = await promisify(execFile)('wrk', args, {
    env: { ...process.env, BODIES: bodies.file, FROM: String(from) },
  })
  const { taken, duration_s, ...measured } = JSON.parse(stdout.slice(stdout.lastIndexOf('\n{'))) as Measured
  bodies.taken += taken
  return { rate: measured.answers / duration_s, ...measured }
}
