import { DAY_S, nowOf, type Calendar } from '../clock.ts'
import { refusalOf, unpack, type Answered } from '../domain/answer.ts'
import { COMMANDS, type CommandName } from '../domain/commands.ts'
import type { Command } from '../domain/command.ts'
import type { Fact } from '../domain/facts.ts'
import { evolve } from '../domain/evolve.ts'
import type { Rows } from '../domain/rows.ts'
import { Refusal, refuse } from '../errors.ts'
import { NotLoaded, type ReplyRow, type Writer } from '../store/store.ts'
import { WorkingRows } from './working-rows.ts'

/** Larger batches hardly cost less per command, and make the first command in them wait longer. */
export const MAX_BATCH = 256

/** A command that waits to be run. */
export interface Waiting {
  id: number
  appid: string
  command: CommandName
  request: unknown
  /** Set if the same request may come again. */
  once?: Once
}

/** A request that gets its first answer again for a day. */
export interface Once {
  /** The sender's name for it. */
  key: string
  /** A hash of what it asks. */
  fingerprint: string
}

/** What became of a command, as plain values that cross threads. */
export type Result =
  | Answered
  /** A fault of ours: nothing was done or, if `unknown`, nobody can tell. */
  | { fault: string; unknown: boolean }

export type Outcome = Result & { id: number }

/** What commands are judged by, besides rows. */
export interface JudgeTools {
  calendar: Calendar
  now: () => number
}

export interface BatchTools extends JudgeTools {
  writer: Writer
}

/**
 * Runs commands one after the other on the rows they name and saves what they decide in one durable transaction. If
 * that fails, each is tried alone, so that one that cannot be saved does not spoil the others; commands are pure, so
 * running them again is safe.
 */
export function commitBatch(batch: readonly Waiting[], tools: BatchTools): Outcome[] {
  const { writer } = tools
  try {
    writer.begin()
  } catch (error) {
    // No command is to blame, and each one tried alone would wait just as long for whoever holds the lock.
    return batch.map(({ id }) => ({ id, ...faultOf(error, false) }))
  }
  let committing = false
  try {
    const { outcomes, merchants } = runAll(batch, tools)
    for (const [appid, rows] of merchants) writer.save(appid, rows.changes())
    committing = true
    writer.commit()
    return outcomes
  } catch (error) {
    const undone = writer.rollback() || !committing
    if (undone && batch.length > 1) return batch.flatMap((one) => commitBatch([one], tools))
    return batch.map(({ id }) => ({ id, ...faultOf(error, !undone) }))
  }
}

function runAll(batch: readonly Waiting[], { writer, ...tools }: BatchTools) {
  const merchants = new Map<string, WorkingRows>()
  const outcomes = batch.map((waiting) => {
    let rows = merchants.get(waiting.appid)
    if (!rows) merchants.set(waiting.appid, (rows = new WorkingRows(writer.rowsOf(waiting.appid))))
    return run(waiting, rows, tools)
  })
  return { outcomes, merchants }
}

/** Runs one command on the rows that those before it left. @throws NotLoaded if a row has to be fetched first */
export function run(waiting: Waiting, rows: WorkingRows, { calendar, now: clock }: JudgeTools): Outcome {
  const { id, once } = waiting
  const now = clock()
  if (!once) return { id, ...judge(waiting, rows, now, calendar) }
  const before = rows.reply(once.key)
  if (before && now <= before.expires_at) return { id, ...repeated(before, once) }
  const result = judge(waiting, rows, now, calendar)
  if (isFinal(result) && rows.merchant()) {
    rows.putReply({ ...once, outcome: JSON.stringify(result), expires_at: now + DAY_S }, now)
  }
  return { id, ...result }
}

function judge({ appid, command, request }: Waiting, rows: WorkingRows, now: number, calendar: Calendar): Result {
  const decide = COMMANDS[command] as Command<unknown, unknown>
  let decision
  let merchant_now
  try {
    merchant_now = nowOf(rows.merchant() ?? { clock_offset_s: 0 }, now)
    decision = decide(request, { appid, rows, now: merchant_now, calendar })
  } catch (error) {
    if (error instanceof NotLoaded) throw error
    return error instanceof Refusal ? refusalOf(error) : faultOf(error, false)
  }
  // From here on nothing may fail for this command alone, since its rows are shared with the others.
  for (const fact of decision.facts) record(appid, rows, fact)
  if (decision.tokens) rows.changeTokens(decision.tokens)
  if (decision.sessions) rows.changeSessions(decision.sessions, merchant_now)
  return { answer: decision.answer }
}

/** An answer or a refusal stands; if the system was busy or broke, the same request may have better luck. */
const isFinal = (result: Result): boolean =>
  'answer' in result || ('refusal' in result && result.refusal.reason !== 'systemError')

function repeated({ fingerprint, outcome }: ReplyRow, once: Once): Result {
  if (fingerprint === once.fingerprint) return JSON.parse(outcome) as Result
  return refusalOf(refuse('invalidArgs', 'the Idempotency-Key stands for another request'))
}

/** Gives a fact its number and its place in the history of its code, and brings it into the rows. */
function record(appid: string, rows: WorkingRows, fact: Fact): void {
  const numbered = { ...fact, fact: rows.nextFact(), previous: latestFactOf(rows, fact) }
  evolve(appid, rows, numbered)
  rows.addFact(numbered)
}

/** The number of the latest fact about the same code; null if this is the first, or about no code. */
export function latestFactOf(rows: Rows, fact: Fact): number | null {
  if (!('code' in fact)) return null
  return rows.codes(fact.code).find(({ card_id }) => card_id === fact.card_id)?.fact ?? null
}

export function faultOf(error: unknown, unknown: boolean): Result {
  return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error), unknown }
}

/** Turns a result back into what the command returned or threw. */
export function settle(result: Result): unknown {
  if ('fault' in result) throw new LedgerFault(result.fault, result.unknown)
  return unpack(result)
}

/** The ledger broke on a command: its sender is told -1, the log gets everything. */
export class LedgerFault extends Error {
  readonly unknown: boolean

  constructor(fault: string, unknown: boolean) {
    super(`${unknown ? 'it is not known whether this was saved' : 'nothing was done'}: ${fault}`)
    this.name = 'LedgerFault'
    this.unknown = unknown
  }
}
