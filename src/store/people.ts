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
 * @param block whose places ascend
 * @returns the row as it is to be, and those who were not in it
 */
export function join(
  holders: Uint8Array = new Uint8Array(),
  { day, scope, metric, block, places }: Block,
): { holders: Uint8Array; people: DayPerson[] } {
  const joined = holders.length === BITS ? joinBits(holders, places) : joinPlaces(holders, places)
  const people = joined.added.map((place) => ({ day, scope, metric, holder: block * BLOCK + place }))
  return { holders: joined.holders, people }
}

interface Joined {
  holders: Uint8Array
  added: number[]
}

function joinBits(holders: Uint8Array, places: readonly number[]): Joined {
  const added = places.filter((place) => (holders[place >> 3]! & bitOf(place)) === 0)
  if (added.length === 0) return { holders, added }
  return { holders: withBits(holders.slice(), added), added }
}

function joinPlaces(holders: Uint8Array, places: readonly number[]): Joined {
  const all: number[] = []
  const added: number[] = []
  let at = 0
  for (const place of places) {
    while (at < holders.length && placeAt(holders, at) <= place) {
      all.push(placeAt(holders, at))
      at += 2
    }
    if (all.at(-1) === place) continue
    all.push(place)
    added.push(place)
  }
  for (; at < holders.length; at += 2) all.push(placeAt(holders, at))
  return { holders: shortest(all), added }
}

const bitOf = (place: number): number => 1 << (place & 7)

const placeAt = (holders: Uint8Array, at: number): number => holders[at]! | (holders[at + 1]! << 8)

function withBits(bits: Uint8Array, places: readonly number[]): Uint8Array {
  for (const place of places) bits[place >> 3]! |= bitOf(place)
  return bits
}

function shortest(places: readonly number[]): Uint8Array {
  if (places.length * 2 >= BITS) return withBits(new Uint8Array(BITS), places)
  return Uint8Array.from(places.flatMap((place) => [place & 255, place >> 8]))
}
