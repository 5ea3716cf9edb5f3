import type { MerchantRow } from '../../domain/rows.ts'
import { merchantRow, type MerchantRecord } from '../rows.ts'
import { UnknownOutcome, type Changes, type RemoteTransaction, type Sent } from '../store.ts'
import type { Wanted } from '../wanted.ts'
import { endBatches, tellOf } from './afterwards.ts'
import { all, type Connection, type Database } from './connect.ts'
import type { Faces } from './faces.ts'
import { translated } from './failure.ts'
import { fetchRows, learnHolders, type Source } from './fetch.ts'
import { KnownRows } from './known-rows.ts'
import { BEGIN, moveOn, openidsIn, save, undo } from './save.ts'
import { MerchantState, type Tip } from './merchant-state.ts'
import type { Statement } from './statements.ts'
import { ADD_TIP, LOCK_TIP, moveTip, SELECT_MERCHANT } from './tip.ts'

const ADD_MERCHANT = `
  insert into merchant (merchant, appid, secret_hash, sandbox, clock_offset_s, settings, white_list)
  select coalesce(max(merchant), 0) + 1, $1::text, $2::text, $3::integer, $4::bigint, $5::text, $6::text
    from merchant
  returning merchant`

/**
 * A transaction that holds its merchant's tip from the start: what it reads stays as it is to the end, and other
 * processes wait for it.
 */
export class LockedTransaction implements RemoteTransaction {
  readonly rows: KnownRows
  readonly isBehind = false
  readonly #db: Database
  readonly #source: Source
  #isOpen = true

  /** @param connection is given back at the end */
  constructor(db: Database, connection: Connection, faces: Faces) {
    this.#db = db
    const state = new MerchantState(0)
    this.#source = { connection, state, faces }
    this.rows = new KnownRows(state)
  }

  /** @param merchant 0 if there is none yet */
  async open(merchant: number, wanted: Wanted): Promise<void> {
    const { connection, state } = this.#source
    state.merchant = merchant
    const [, [tip], [record]] = await all([
      connection.ask(...BEGIN),
      connection.ask<Tip>(LOCK_TIP, [state.merchant]),
      connection.ask<MerchantRecord>(SELECT_MERCHANT, [state.merchant]),
      fetchRows(this.#source, wanted, this.rows),
    ])
    if (tip) state.tip = { ...tip }
    state.row = record && merchantRow(record)
  }

  async loadMissing(): Promise<boolean> {
    const missing = this.rows.takeMissing()
    if (missing) await translated(fetchRows(this.#source, missing, this.rows))
    return missing !== undefined
  }

  async commit(changes: Changes): Promise<Sent> {
    const { connection, state } = this.#source
    if (state.merchant === 0 && changes.merchant) await translated(this.#addMerchant(changes.merchant.row))
    const openids = openidsIn(changes)
    await translated(learnHolders(this.#source, state.unknownAmong(openids)))
    const former = state.tip.batch
    const statements = moveOn(state, changes, openids)
    if (statements.length === 0) await translated(connection.carryOut([['commit']]))
    else {
      statements.push(moveTip(state))
      await this.#save(statements, [former, state.tip.batch])
    }
    this.#release()
    return { saved: Promise.resolve() }
  }

  /** @param batches the one before, and this one: if the connection breaks, the tip tells which of them was the last */
  async #save(statements: readonly Statement[], batches: readonly [former: string, batch: string]): Promise<void> {
    const { connection, state } = this.#source
    try {
      await save(connection, statements)
    } catch (error) {
      if (!(error instanceof UnknownOutcome)) throw error
      this.#release()
      tellOf(batches[1], batches, await endBatches(this.#db, state.merchant, batches), error)
    }
  }

  async rollback(): Promise<void> {
    if (!this.#isOpen) return
    await undo(this.#source.connection)
    this.#release()
  }

  #release(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#source.connection.release()
  }

  async #addMerchant(row: MerchantRow): Promise<void> {
    const { connection, state } = this.#source
    const { appid, secret_hash, sandbox, clock_offset_s, settings, white_list } = row
    const [record] = await connection.ask<{ merchant: number }>(ADD_MERCHANT, [
      appid,
      secret_hash,
      Number(sandbox),
      clock_offset_s,
      JSON.stringify(settings),
      JSON.stringify(white_list),
    ])
    state.merchant = record!.merchant
    await connection.ask(ADD_TIP, [state.merchant])
  }
}
