import type { DayPerson } from './store.ts'

/**
 * The people who did something on a day, as sets of holders' numbers. So many numbers that follow each other share a row,
 * which holds their places in the block: each as two bytes while they are few, and all as one bit each where that is
 * shorter. A day on which hundreds of thousands come changes some dozens of pages then, and not one for each of them.
 */
const BLOCK = 4096
const BITS = BLOCK / 8

/** One row, and what is to be found in it. */
export interface Block extends Pick<DayPerson, 'day' | 'scope' | 'metric'> {
  block: number
  places: number[]
}

/** @param people in the order of their key, as blocks will be too */
export function blocksOf(people: readonly DayPerson[]): Block[] {
  const blocks: Block[] = []
  let last: Block | undefined
  for (const { day, scope, metric, holder } of people) {
    const block = Math.floor(holder / BLOCK)
    if (last?.block !== block || last.metric !== metric || last.scope !== scope || last.day !== day) {
      blocks.push((last = { day, scope, metric, block, places: [] }))
    }
    last.places.push(holder % BLOCK)
  }
  return blocks
}

/**
 * Adds people to a row.
 *
 * @param holders the row as it was; absent where it is new
 * @returns the row as it is to be, and those who were not in it
 */
export function join(
  holders: Uint8Array | undefined,
  { day, scope, metric, block, places }: Block,
): { holders: Uint8Array; people: DayPerson[] } {
  const bits = bitsOf(holders)
  const people: DayPerson[] = []
  for (const place of places) {
    const bit = 1 << (place & 7)
    if ((bits[place >> 3]! & bit) !== 0) continue
    bits[place >> 3]! |= bit
    people.push({ day, scope, metric, holder: block * BLOCK + place })
  }
  return { holders: people.length > 0 ? shortest(bits) : (holders ?? new Uint8Array()), people }
}

/** A copy. */
function bitsOf(holders: Uint8Array | undefined): Uint8Array {
  if (holders?.length === BITS) return holders.slice()
  const bits = new Uint8Array(BITS)
  for (const place of placesIn(holders)) bits[place >> 3]! |= 1 << (place & 7)
  return bits
}

function* placesIn(holders: Uint8Array | undefined): Iterable<number> {
  for (let at = 0; at < (holders?.length ?? 0); at += 2) yield holders![at]! | (holders![at + 1]! << 8)
}

function shortest(bits: Uint8Array): Uint8Array {
  const bytes: number[] = []
  for (let place = 0; place < BLOCK; place++) {
    if ((bits[place >> 3]! & (1 << (place & 7))) === 0) continue
    bytes.push(place & 255, place >> 8)
    if (bytes.length === BITS) return bits
  }
  return Uint8Array.from(bytes)
}
