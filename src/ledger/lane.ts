import { TryAgain, UnknownOutcome, type RemotePipeline } from '../store/store.ts'
import { faultOf, MAX_BATCH, type Outcome, type Waiting } from './batch.ts'
import type { Hear } from './ledger.ts'
import { commitRemotely, judgeOf, wantedBy, type RemoteTools } from './remote-batch.ts'
import { workOn } from './remote-rows.ts'
import type { WorkingRows } from './working-rows.ts'

/** How many batches may be unsaved before the next has to wait. */
const UNDER_WAY = 2

/** After a conflict, this many batches take the lock first instead of racing. */
const TURNS = 256

/** A batch on its way to the disk. */
interface Saving {
  pipeline: RemotePipeline
  rows: WorkingRows
}

/**
 * Commits the commands of one merchant. Whatever arrives while a batch is judged becomes the next batch, which is
 * judged while the one before is saved. Where another process commits for the same merchant, the two take turns for a
 * while.
 */
export class Lane {
  readonly #appid: string
  readonly #tools: RemoteTools
  readonly #hear: Hear
  #waiting: Waiting[] = []
  #isBusy = false
  /** Set while there is something to do. */
  #work: PromiseWithResolvers<void> | undefined
  /** Latest first. */
  #saving: Saving[] = []
  #pipeline: RemotePipeline | undefined
  #turns = 0

  constructor(appid: string, tools: RemoteTools, hear: Hear) {
    this.#appid = appid
    this.#tools = tools
    this.#hear = hear
  }

  /** Resolves when every command has its outcome. */
  async done(): Promise<void> {
    await this.#work?.promise
  }

  get isIdle(): boolean {
    return this.#work === undefined
  }

  commit(waiting: readonly Waiting[]): void {
    this.#work ??= Promise.withResolvers<void>()
    this.#waiting.push(...waiting)
    this.#proceed()
  }

  #proceed(): void {
    if (this.#isBusy || this.#saving.length === UNDER_WAY) return
    // Waits until it is known what became of a pipeline that has ended, so that commands stay in order.
    if (this.#saving.some(({ pipeline }) => pipeline !== this.#pipeline)) return
    if (this.#waiting.length > 0) void this.#take()
    else if (this.#saving.length === 0) this.#rest()
  }

  #rest(): void {
    this.#work?.resolve()
    this.#work = undefined
  }

  async #take(): Promise<void> {
    this.#isBusy = true
    await this.#commit(this.#waiting.splice(0, MAX_BATCH))
    this.#isBusy = false
    this.#proceed()
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    if (this.#turns > 0) this.#turns--
    else {
      try {
        this.#pipeline ??= await this.#tools.writer.pipeline(this.#appid)
        if (this.#pipeline) return await this.#send(batch, this.#pipeline)
      } catch (error) {
        return this.#beginAnew(batch, error)
      }
    }
    this.#hear.outcomes(await commitRemotely(batch, this.#tools))
  }

  async #send(batch: readonly Waiting[], pipeline: RemotePipeline): Promise<void> {
    const formers = this.#saving.map(({ rows }) => rows)
    const transaction = await pipeline.begin(wantedBy(batch))
    try {
      const judge = judgeOf(batch, this.#tools)
      const { answer, rows } = await workOn(transaction, judge, transaction.isBehind ? formers : [])
      const { saved } = await transaction.commit(rows.changes())
      const saving = { pipeline, rows }
      this.#saving.unshift(saving)
      void this.#settle(batch, answer, saved, saving)
    } catch (error) {
      await transaction.rollback()
      throw error
    }
  }

  async #settle(
    batch: readonly Waiting[],
    outcomes: readonly Outcome[],
    saved: Promise<void>,
    saving: Saving,
  ): Promise<void> {
    const failure = await failureOf(saved)
    this.#saving = this.#saving.filter((other) => other !== saving)
    if (!failure) this.#hear.outcomes(outcomes)
    else if (failure.error instanceof UnknownOutcome) {
      this.#beginAnew([], failure.error)
      this.#hear.outcomes(batch.map(({ id }) => ({ id, ...faultOf(failure.error, true) })))
    } else this.#beginAnew(batch, failure.error)
    this.#proceed()
  }

  /**
   * Takes turns after a conflict; otherwise the batch is retried alone once, under the lock, to find the cause.
   *
   * @param batch of which nothing was done
   */
  #beginAnew(batch: readonly Waiting[], error: unknown): void {
    this.#pipeline = undefined
    this.#turns = Math.max(this.#turns, error instanceof TryAgain && error.isConflict ? TURNS : 1)
    this.#waiting = [...batch, ...this.#waiting].toSorted((one, other) => one.id - other.id)
  }
}

async function failureOf(saved: Promise<void>): Promise<{ error: unknown } | undefined> {
  try {
    await saved
    return undefined
  } catch (error) {
    return { error }
  }
}
