import type { Calendar } from '../clock.ts'
import type { Fact } from './facts.ts'
import type { Rows, SessionRow, TokenRow } from './rows.ts'

/** What a command is judged by, besides the request itself. */
export interface Situation {
  appid: string
  rows: Rows
  /** By the merchant's clock. */
  now: number
  calendar: Calendar
}

export interface Decision<Answer> {
  /** In the order in which they happened; empty if nothing changes. */
  facts: readonly Fact[]
  answer: Answer
  /** Tokens to keep from now on, and hashes of those to forget: saved together with the facts. */
  tokens?: { put: readonly TokenRow[]; drop: readonly string[] }
  /** The same for links to the wallet. */
  sessions?: { put: readonly SessionRow[]; drop: readonly string[] }
}

/**
 * A command judges a request by the present rows: it throws a Refusal, or decides on facts and an answer. It has no
 * effect of its own, so it may be run again, and a refused one leaves no trace.
 */
export type Command<Request, Answer> = (request: Request, situation: Situation) => Decision<Answer>
