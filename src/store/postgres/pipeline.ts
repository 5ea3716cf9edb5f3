import { merchantRow, type MerchantRecord } from '../rows.ts'
import {
  TryAgain,
  UnknownOutcome,
  type Changes,
  type RemotePipeline,
  type RemoteTransaction,
  type Sent,
} from '../store.ts'
import type { Wanted } from '../wanted.ts'
import { endBatches, tellOf } from './afterwards.ts'
import { all, type Connection, type Database } from './connect.ts'
import type { Faces } from './faces.ts'
import { translated } from './failure.ts'
import { fetchRows, learnHolders } from './fetch.ts'
import { KnownRows } from './known-rows.ts'
import { BEGIN, moveOn, openidsIn, save } from './save.ts'
import { MerchantState, type Tip } from './merchant-state.ts'
import { checkTip, moveTipFrom, SELECT_MERCHANT, SELECT_TIP } from './tip.ts'

/**
 * Transactions of one merchant that follow each other without waiting: each is judged by the rows that those before it
 * leave while these are still being saved. Nothing is locked meanwhile. Instead each names the batch it is based on
 * when it is saved; if another was committed since, the database refuses it and all that follow.
 */
export class Pipeline implements RemotePipeline {
  readonly #db: Database
  readonly #faces: Faces
  #state: MerchantState
  readonly #underWay = new Set<Promise<unknown>>()
  /** All are saved on one connection, and so in order. */
  #writing: Connection | undefined
  #isBroken = false
  /** The last one known to be saved, and those under way, in order. */
  #batches: string[] = []
  /** What was found out after the connection broke. */
  #last: Promise<string | undefined> | undefined

  constructor(db: Database, merchant: number, faces: Faces) {
    this.#db = db
    this.#faces = faces
    this.#state = new MerchantState(merchant)
  }

  async begin(wanted: Wanted): Promise<RemoteTransaction> {
    try {
      return await this.#begin(wanted)
    } catch (error) {
      this.#releaseIfCalm()
      throw error
    }
  }

  async #begin(wanted: Wanted): Promise<RemoteTransaction> {
    if (this.#state.isLarge) {
      await this.#calm()
      this.#state.forget()
    }
    let rows = new KnownRows(this.#state)
    let fetched = await this.#fetch(wanted, rows)
    if (fetched === 'overtaken') {
      this.#state = new MerchantState(this.#state.merchant)
      rows = new KnownRows(this.#state)
      fetched = await this.#fetch(wanted, rows)
    }
    return {
      rows,
      isBehind: fetched === 'behind',
      loadMissing: async () => {
        const missing = rows.takeMissing()
        if (missing && (await this.#fetch(missing, rows)) === 'overtaken') throw this.#overtaken()
        return missing !== undefined
      },
      commit: (changes) => this.#commit(changes),
      rollback: async () => this.#releaseIfCalm(),
    }
  }

  /**
   * Rows that are not wanted by key may change while transactions are being saved, so it waits for these first.
   *
   * @returns whether rows are as the transactions before left them: `behind` if these are still under way, `overtaken`
   * if none is and another process has committed since
   */
  async #fetch(wanted: Wanted, rows: KnownRows): Promise<'current' | 'behind' | 'overtaken'> {
    if (!wanted.isByKeys) await this.#calm()
    return this.#reading(async (connection) => {
      const source = { connection, state: this.#state, faces: this.#faces }
      if (this.#underWay.size > 0) {
        await fetchRows(source, wanted, rows)
        return 'behind'
      }
      const [isCurrent] = await all([this.#isCurrent(connection), fetchRows(source, wanted, rows)])
      return isCurrent ? 'current' : 'overtaken'
    })
  }

  /** To be asked before rows are, so that these are as this batch left them, or a later one. */
  async #isCurrent(connection: Connection): Promise<boolean> {
    const state = this.#state
    const [[tip], [merchant]] = await all([
      connection.ask<Tip>(SELECT_TIP, [state.merchant]),
      connection.ask<MerchantRecord>(SELECT_MERCHANT, [state.merchant]),
    ])
    if (!tip || !merchant) throw new Error(`merchant ${state.merchant} is not there any more`)
    const { batch } = state.tip
    state.tip = { ...tip }
    state.row = merchantRow(merchant)
    return batch === '' || batch === tip.batch
  }

  async #commit(changes: Changes): Promise<Sent> {
    const state = this.#state
    const openids = openidsIn(changes)
    const unknown = state.unknownAmong(openids)
    if (unknown.length > 0) {
      await this.#reading((connection) => learnHolders({ connection, state, faces: this.#faces }, unknown))
    }
    const connection = await this.#connectionToWrite()
    if (this.#isBroken) throw this.#overtaken()
    const from = state.tip.batch
    const statements = moveOn(state, changes, openids)
    if (statements.length === 0) return { saved: this.#follow(translated(connection.carryOut([checkTip(state)]))) }
    if (this.#batches.at(-1) !== from) this.#batches = [from]
    const saving = save(connection, [BEGIN, moveTipFrom(from, state), ...statements])
    this.#batches.push(state.tip.batch)
    return { saved: this.#follow(this.#saved(saving, state.tip.batch)) }
  }

  /** Waits for a batch; if the connection breaks, the tip tells what became of it. */
  async #saved(saving: Promise<void>, batch: string): Promise<void> {
    try {
      await saving
      this.#batches.splice(0, this.#batches.indexOf(batch))
    } catch (error) {
      this.#isBroken = true
      if (!(error instanceof UnknownOutcome)) throw error
      this.#release()
      this.#last ??= endBatches(this.#db, this.#state.merchant, this.#batches)
      tellOf(batch, this.#batches, await this.#last, error)
    }
  }

  async #follow(saving: Promise<unknown>): Promise<void> {
    this.#underWay.add(saving)
    try {
      await saving
    } catch (error) {
      this.#isBroken = true
      throw error
    } finally {
      this.#underWay.delete(saving)
      this.#releaseIfCalm()
    }
  }

  #releaseIfCalm(): void {
    if (this.#underWay.size === 0) this.#release()
  }

  #release(): void {
    this.#writing?.release()
    this.#writing = undefined
  }

  async #calm(): Promise<void> {
    await Promise.allSettled(this.#underWay)
  }

  #overtaken(): TryAgain {
    this.#isBroken = true
    return new TryAgain(true, new Error('another batch was committed meanwhile'))
  }

  async #connectionToWrite(): Promise<Connection> {
    return (this.#writing ??= await translated(this.#db.reserve()))
  }

  /** Reads on the connection for writing if nothing is under way. */
  async #reading<Answer>(read: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    if (this.#underWay.size === 0) return translated(read(await this.#connectionToWrite()))
    const connection = await translated(this.#db.reserve())
    try {
      return await translated(read(connection))
    } finally {
      connection.release()
    }
  }
}
