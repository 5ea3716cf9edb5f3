import type { PooledRow } from '../domain/rows.ts'
import type { Changed, Dropped, RowLoader } from '../store/store.ts'

/** How many deposited codes are loaded at a time. */
const PAGE = 64

interface Kept {
  row: PooledRow | undefined
  readonly loaded: PooledRow | undefined
}

/**
 * The deposited codes of one card during one transaction: a queue, from whose head receipts take and to whose tail
 * deposits add.
 */
export class WorkingPool {
  readonly #load: RowLoader
  readonly #card_id: string
  readonly #kept = new Map<string, Kept>()
  /** Loaded or added, in order of their places; those before `#head` are gone. */
  #loaded: PooledRow[] = []
  #head = 0
  #isAllLoaded = false
  readonly #added: PooledRow[] = []
  #addedHead = 0

  constructor(load: RowLoader, card_id: string) {
    this.#load = load
    this.#card_id = card_id
  }

  find(code: string): PooledRow | undefined {
    return this.#keptOf(code).row
  }

  next(): PooledRow | undefined {
    for (;;) {
      const first = this.#first()
      if (!first) return undefined
      const row = this.find(first.code)
      // A code that was taken and deposited again stands at the end, not where it was.
      if (row?.place === first.place) return row
      this.#skip()
    }
  }

  put(row: PooledRow): void {
    this.#keptOf(row.code).row = row
    this.#added.push(row)
  }

  drop({ code }: PooledRow): void {
    this.#keptOf(code).row = undefined
  }

  *changes(): Generator<Changed<PooledRow> | Dropped<PooledRow>> {
    for (const kept of this.#kept.values()) {
      if (kept.row !== kept.loaded) yield kept as Changed<PooledRow> | Dropped<PooledRow>
    }
  }

  #keptOf(code: string): Kept {
    let kept = this.#kept.get(code)
    if (!kept) {
      const loaded = this.#load.pooled(this.#card_id, code)
      this.#kept.set(code, (kept = { row: loaded, loaded }))
    }
    return kept
  }

  #first(): PooledRow | undefined {
    if (this.#head === this.#loaded.length && !this.#isAllLoaded) this.#loadMore()
    return this.#loaded[this.#head] ?? this.#added[this.#addedHead]
  }

  #skip(): void {
    if (this.#head < this.#loaded.length) this.#head++
    else this.#addedHead++
  }

  #loadMore(): void {
    const after = this.#loaded.at(-1)?.place ?? 0
    const rows = this.#load.pool(this.#card_id, after, PAGE)
    this.#loaded = [...this.#loaded.slice(-1), ...rows]
    this.#head = this.#loaded.length - rows.length
    this.#isAllLoaded = rows.length < PAGE
    for (const row of rows) {
      if (!this.#kept.has(row.code)) this.#kept.set(row.code, { row, loaded: row })
    }
  }
}
