import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { TryAgain } from '../store.ts'

/** A division by zero: see tip.ts. */
const IS_OVERTAKEN = '22012'

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: others took the same rows, or made the same row, meanwhile. */
const CONFLICTS = new Set(['40001', '40P01', '23505', '55P03', IS_OVERTAKEN])

/** As PostgreSQL names it where something is changed on a standby. */
export const IS_STANDBY = '25006'

/** The server ends, begins, is full, or is a standby that was the primary before; or there is no way to it. */
const AWAY =
  /^(57P0[123]|53300|25006|08...|ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/

/** The driver gives what it finds out by itself no code. */
const CUT_OFF = /^(Connection terminated|Client has encountered a connection error|timeout e)/

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

export const isAway = (error: unknown): boolean =>
  AWAY.test(codeOf(error)) || (error instanceof Error && CUT_OFF.test(error.message))

/** A statement that the server refused undoes its transaction; where the server or the way to it went, see afterwards.ts. */
export const isRefused = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && !['FATAL', 'PANIC'].includes(error.severity ?? '')

/** As the ledger is told of an error, where nothing was done. */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (CONFLICTS.has(codeOf(error))) return new TryAgain(true, error)
  return isAway(error) ? new TryAgain(false, error) : error
}

/** The same for whatever was asked of the database. */
export async function translated<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked
  } catch (error) {
    throw translate(error)
  }
}

/** So long a question waits for a database that is away. */
const PATIENCE_MS = 10_000

/** Asks, and asks again while the database is away for a moment. Only for what may be done twice. */
export async function askPatiently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  const patience = Date.now() + PATIENCE_MS
  for (let wait_ms = 20; ; wait_ms = Math.min(wait_ms * 2, 500)) {
    try {
      return await ask()
    } catch (error) {
      if (!isAway(error) || Date.now() > patience) throw error
      await delay(wait_ms)
    }
  }
}
