import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { TryAgain } from '../store.ts'

/** A division by zero: see tip.ts. */
const IS_OVERTAKEN = '22012'

/** Others took or made the same row meanwhile: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CONFLICTS = new Set(['40001', '40P01', '23505', '55P03', IS_OVERTAKEN])

/** The code of an attempt to change something on a standby. */
export const IS_STANDBY = '25006'

/** The server is stopping, starting, full, or a standby that was the primary before; or it cannot be reached. */
const AWAY =
  /^(57P0[123]|53300|25006|08...|ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/

/** What the driver finds out by itself has no code. */
const CUT_OFF = /^(Connection terminated|Client has encountered a connection error|timeout e)/

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

export const isAway = (error: unknown): boolean =>
  AWAY.test(codeOf(error)) || (error instanceof Error && CUT_OFF.test(error.message))

/**
 * A statement that the server refused undoes its transaction; if the server or the connection is gone, see
 * afterwards.ts.
 */
export const isRefused = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && !['FATAL', 'PANIC'].includes(error.severity ?? '')

/** Maps a database error to what the ledger expects; call it only where nothing was saved. */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (CONFLICTS.has(codeOf(error))) return new TryAgain(true, error)
  return isAway(error) ? new TryAgain(false, error) : error
}

/** The same for the error of a promise. */
export async function translated<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked
  } catch (error) {
    throw translate(error)
  }
}

/** How long a question waits for a database that is unreachable. */
const PATIENCE_MS = 10_000

/** Asks again while the database is unreachable for a moment. Only for what may be done twice. */
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
