import { TryAgain, UnknownOutcome, type RemotePipeline } from '../store/store.ts'
import { faultOf, MAX_BATCH, type Outcome, type Waiting } from './batch.ts'
import type { Hear } from './ledger.ts'
import { commitRemotely, judgeOf, wantedBy, type RemoteTools } from './remote-batch.ts'
import { workOn } from './remote-rows.ts'
import type { WorkingRows } from './working-rows.ts'

/** So many batches may be on their way to the disk when another is begun. */
const UNDER_WAY = 2

/** So many batches wait for those of other processes after one of these came between. */
const TURNS = 256

/** A batch on its way to the disk. */
interface Saving {
  pipeline: RemotePipeline
  rows: WorkingRows
}

/**
 * Commits the commands of one merchant. Whatever arrived while a batch was judged becomes the next one, which is judged while the one
 * before is saved. Where another process commits for the same merchant meanwhile, they take turns for a while.
 */
export class Lane {
  readonly #appid: string
  readonly #tools: RemoteTools
  readonly #hear: Hear
  #waiting: Waiting[] = []
  #isBusy = false
  /** While there is something to do. */
  #work: PromiseWithResolvers<void> | undefined
  /** The latest first. */
  #saving: Saving[] = []
  #pipeline: RemotePipeline | undefined
  #turns = 0

  constructor(appid: string, tools: RemoteTools, hear: Hear) {
    this.#appid = appid
    this.#tools = tools
    this.#hear = hear
  }

  /** Resolves when all that was to be committed is told. */
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
    // Until it is known what becomes of a pipeline that has ended, so that its commands keep their places.
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
   * In turns after a conflict; otherwise without company once, which finds out what is the matter.
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
