import type { Calendar } from '../clock.ts'
import type { RemoteWriter, Sums, Writer } from '../store/store.ts'
import { Count } from './count.ts'

/**
 * Counts a merchant's facts into its days. Facts are looked at a few at a time, since commands wait meanwhile, and
 * counted many together, since fewer rows change then. The transaction that counts them also moves the cursor, so each
 * is counted once, whoever asks and however often. A fact found late is counted on the day it is of.
 */
export class Counting {
  readonly #writer: Writer
  readonly #appid: string
  readonly #calendar: Calendar
  /** Facts up to this one are to be counted. */
  #until: number | undefined
  /** The facts looked at lie after `#after`, up to and including `#last`. */
  #after: number | undefined
  #last = 0
  #count: Count

  constructor(writer: Writer, appid: string, calendar: Calendar) {
    this.#writer = writer
    this.#appid = appid
    this.#calendar = calendar
    this.#count = new Count(calendar)
  }

  /** How many facts were looked at but are not counted yet. */
  get size(): number {
    return this.#after === undefined ? 0 : this.#last - this.#after
  }

  /** Looks at some more of the facts that were there when this was first called. @returns whether there were any */
  look(most: number): boolean {
    return this.#within((sums) => {
      this.#until ??= this.#writer.rowsOf(this.#appid).lastFact()
      if (this.#after === undefined) this.#after = this.#last = sums.reached()
      if (this.#last >= this.#until) return false
      const found = sums.factsAfter(this.#last, Math.min(most, this.#until - this.#last))
      if (!found) return false
      this.#count.add(found.facts)
      this.#last = found.last
      return true
    })
  }

  /** Counts the facts looked at; if others were quicker, or this fails, they have to be looked at again. */
  count(): void {
    try {
      this.#within((sums) => {
        if (sums.reached() !== this.#after) return
        const count = this.#count
        sums.add(count.changes(sums.newPeople(count.people()), sums.memberDays(count.members())), this.#last)
      })
    } finally {
      this.#after = undefined
      this.#count = new Count(this.#calendar)
    }
  }

  #within<Answer>(work: (sums: Sums) => Answer): Answer {
    this.#writer.begin()
    try {
      const answer = work(this.#writer.sumsOf(this.#appid))
      this.#writer.commit()
      return answer
    } catch (error) {
      this.#writer.rollback()
      throw error
    }
  }
}

/** At most this many facts are looked at in one turn: with a remote database, too, requests wait meanwhile. */
const LOOKED_AT_ONCE = 500

/**
 * Counts at most this many facts together, in a remote database. One of several processes counts; the others wait for
 * it.
 *
 * @param until the last one to be counted
 * @returns whether there may be more
 */
export async function sumUpRemotely(
  writer: RemoteWriter,
  appid: string,
  calendar: Calendar,
  most: number,
  until = Number.MAX_SAFE_INTEGER,
): Promise<boolean> {
  const sums = await writer.beginSums(appid)
  if (!sums) return false
  try {
    const count = new Count(calendar)
    let last: number | undefined
    for (let left = most; left > 0; left -= LOOKED_AT_ONCE) {
      const uncounted = await sums.uncounted(Math.min(left, LOOKED_AT_ONCE), until)
      if (!uncounted) break
      count.add(uncounted.facts)
      last = uncounted.last
    }
    if (last === undefined) return false
    const newPeople = await sums.newPeople(count.people())
    await sums.add(count.changes(newPeople, await sums.memberDays(count.members())), last)
    return true
  } finally {
    await sums.rollback()
  }
}
