import type { TestContext } from 'node:test'

/** Chance that can be had again: the same seed gives the same numbers in the same order. */
export interface Random {
  /** A whole number from 0 to one less than this. */
  below(end: number): number
  pick<Item>(items: readonly Item[]): Item
}

/** The algorithm is mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed
  function below(end: number): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end)
  }
  return { below, pick: (items) => items[below(items.length)]! }
}

/** The seed of one test, printed: a new one, or SEED, with which to have a failure again. */
export function seedOf(t: TestContext): number {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
  t.diagnostic(`SEED=${seed}`)
  return seed
}
