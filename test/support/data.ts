import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { commitBatch, type BatchTools, type JudgeTools, type Outcome, type Waiting } from '../../src/ledger/batch.ts'
import { commitRemotely } from '../../src/ledger/remote-batch.ts'
import type { NumberedFact } from '../../src/domain/facts.ts'
import type { CardRow, CodeRow, HoldingRow, MerchantRow, PooledRow, TicketRow } from '../../src/domain/rows.ts'
import {
  databasePath,
  openRemoteStore,
  openScratchSnapshot,
  openStoreForWriting,
  type Place,
} from '../../src/store/open.ts'
import type { Writer } from '../../src/store/store.ts'
import { APPID, CALENDAR, NOW } from './given.ts'
import type { Asked } from './random-commands.ts'
import { databaseOf } from './place.ts'
import { newFolder } from './server.ts'

/** Real data in folders of their own. */

let root: string | undefined

/** An empty folder, gone when the process of the test ends. */
export function newDataDir(): string {
  root ??= newFolder()
  return mkdtempSync(join(root, 'data-'))
}

/** New and empty, on each engine, for tests that run on both by themselves. */
export const NEW_PLACES: Record<'SQLite' | 'PostgreSQL', () => Promise<Place>> = {
  SQLite: async () => ({ data_dir: newDataDir() }),
  async PostgreSQL() {
    const data_dir = newDataDir()
    return { data_dir, database_url: await databaseOf(data_dir) }
  },
}

/** Does something to the database of a folder behind the program's back. */
export function sql(data_dir: string, statement: string): void {
  const db = new DatabaseSync(databasePath(data_dir), { timeout: 10_000 })
  db.exec(statement)
  db.close()
}

/** Asks the database of a folder itself. */
export function query(data_dir: string, select: string): unknown[] {
  const db = new DatabaseSync(databasePath(data_dir), { readOnly: true })
  try {
    return db.prepare(select).all()
  } finally {
    db.close()
  }
}

interface MerchantData {
  merchant: MerchantRow
  facts: NumberedFact[]
  cards: CardRow[]
  codes: CodeRow[]
  holdings: HoldingRow[]
  pool: PooledRow[]
  tickets: TicketRow[]
}

/** Everything that a folder holds of each merchant, tokens apart. */
export function everythingIn(data_dir: string): MerchantData[] {
  const snapshot = openScratchSnapshot(data_dir)
  try {
    return snapshot.merchants().map((merchant) => ({
      merchant,
      facts: [...snapshot.facts(merchant.appid)],
      cards: [...snapshot.cards(merchant.appid)],
      codes: [...snapshot.codes(merchant.appid)],
      holdings: [...snapshot.holdings(merchant.appid)].map(({ card_id, openid, codes, counted }) => ({
        card_id,
        openid,
        codes,
        counted,
      })),
      pool: [...snapshot.pool(merchant.appid)],
      tickets: [...snapshot.tickets(merchant.appid)],
    }))
  } finally {
    snapshot.close()
  }
}

/** What a batch is committed with, at noon of one day. */
export const toolsOf = (writer: Writer): BatchTools => ({ writer, calendar: CALENDAR, now: () => NOW })

export const waiting = (asked: readonly (Asked & { appid?: string })[]): Waiting[] =>
  asked.map(({ appid = APPID, command, request }, id) => ({ id, appid, command, request }))

/** Commits commands in one batch. */
export const commit = (writer: Writer, ...asked: (Asked & { appid?: string })[]): Outcome[] =>
  commitBatch(waiting(asked), toolsOf(writer))

/** What became of a command, in a word: ok, the reason of its refusal, or fault. */
export function told(outcome: Outcome): string {
  if ('answer' in outcome) return 'ok'
  if ('refusal' in outcome) return outcome.refusal.reason
  return outcome.unknown ? 'unknown' : 'fault'
}

/** Who commits batches, on whatever engine a folder is kept. */
export interface Committing {
  commit(batch: readonly Waiting[], tools: JudgeTools): Promise<Outcome[]>
  close(): Promise<void>
}

export async function openCommitting({ data_dir, database_url }: Place): Promise<Committing> {
  if (database_url === undefined) {
    const writer = openStoreForWriting(data_dir)
    return { commit: async (batch, tools) => commitBatch(batch, { ...tools, writer }), close: () => writer.close() }
  }
  const writer = await openRemoteStore(database_url)
  return { commit: (batch, tools) => commitRemotely(batch, { ...tools, writer }), close: () => writer.close() }
}
