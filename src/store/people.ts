import type { DayPeople } from './store.ts'

/**
 * The people who did something on a day, as sets of holders' numbers. A set is one row as long as it is short. A row
 * that grows too long is emptied and divided among rows of the next level, each for holders whose numbers follow each
 * other. So a thousand cards with a few people each change one row each, and a card that hundreds of thousands come for
 * changes some dozens of rows, not one for each of them.
 */

/** How many holders a row of each level may cover, in bits of their number. */
const LEVELS = [28, 20, 16, 12]
const LAST = LEVELS.length - 1

/** In bytes: up to this length SQLite keeps a row of a table that is its own index on one page. */
const LONGEST = 896

/** In bytes: a row of the last level holds one bit for each holder when that is shorter, and is never too long. */
const BITS = 2 ** LEVELS[LAST]! / 8

/** One row of a set, and who is to be found in it. */
export interface PeopleRow extends DayPeople {
  /** Its place among those of its level, and that level: the last digit. */
  part: number
}

/** How a row is to be stored. */
export interface StoredRow extends Pick<PeopleRow, 'day' | 'scope' | 'metric' | 'part'> {
  /** Empty where it is divided. */
  holders: Uint8Array
}

/** The rows that people are looked for in first. */
export const rowsOf = (people: readonly DayPeople[]): PeopleRow[] => people.flatMap((set) => divide(set, 0))

/**
 * Adds people to a row.
 *
 * @param stored the row as it was; absent if it is new
 * @returns the rows that change, and those people who were not there yet; or, if the row is divided, the rows to look
 * into instead
 */
export function join(
  stored: Uint8Array | undefined,
  row: PeopleRow,
): { changed: StoredRow[]; people: DayPeople[]; next: PeopleRow[] } {
  const { day, scope, metric, part } = row
  const level = part % LEVELS.length
  if (stored?.length === 0) return { changed: [], people: [], next: divide(row, level + 1) }

  const first = Math.floor(part / LEVELS.length) * 2 ** LEVELS[level]!
  const places = row.holders.map((holder) => holder - first)
  const { added, holders } =
    level === LAST && stored?.length === BITS ? joinBits(stored, places) : joinList(stored, places, level)
  if (added.length === 0) return { changed: [], people: [], next: [] }
  const people = [{ day, scope, metric, holders: added.map((place) => first + place) }]
  if (holders instanceof Uint8Array) return { changed: [{ day, scope, metric, part, holders }], people, next: [] }
  const parts = divide({ day, scope, metric, holders: holders.map((place) => first + place) }, level + 1)
  const changed = parts.flatMap((one) => join(undefined, one).changed)
  return { changed: [{ day, scope, metric, part, holders: new Uint8Array() }, ...changed], people, next: [] }
}

/** Divides people among the rows of a level. */
function divide({ day, scope, metric, holders }: DayPeople, level: number): PeopleRow[] {
  const rows: PeopleRow[] = []
  let last: PeopleRow | undefined
  for (const holder of holders) {
    const part = Math.floor(holder / 2 ** LEVELS[level]!) * LEVELS.length + level
    if (last?.part !== part) rows.push((last = { day, scope, metric, part, holders: [] }))
    last.holders.push(holder)
  }
  return rows
}

interface Joined {
  added: number[]
  /** All of them: as stored, or as places if they are too many for a row. */
  holders: Uint8Array | number[]
}

function joinBits(stored: Uint8Array, places: readonly number[]): Joined {
  const added = places.filter((place) => (stored[place >> 3]! & bitOf(place)) === 0)
  return { added, holders: withBits(stored.slice(), added) }
}

function joinList(stored: Uint8Array = new Uint8Array(), places: readonly number[], level: number): Joined {
  const bytes = LEVELS[level]! > 16 ? 4 : 2
  const all: number[] = []
  const added: number[] = []
  let at = 0
  let next = placeAt(stored, at, bytes)
  for (const place of places) {
    while (next <= place) {
      all.push(next)
      next = placeAt(stored, (at += bytes), bytes)
    }
    if (all.at(-1) === place) continue
    all.push(place)
    added.push(place)
  }
  for (; at < stored.length; at += bytes) all.push(placeAt(stored, at, bytes))
  if (level === LAST && all.length * bytes >= BITS) return { added, holders: withBits(new Uint8Array(BITS), all) }
  return { added, holders: all.length * bytes > LONGEST ? all : listOf(all, bytes) }
}

/** @returns infinity at the end of a list */
function placeAt(list: Uint8Array, at: number, bytes: number): number {
  if (at >= list.length) return Number.POSITIVE_INFINITY
  const low = list[at]! | (list[at + 1]! << 8)
  return bytes === 2 ? low : low | (list[at + 2]! << 16) | (list[at + 3]! << 24)
}

function listOf(places: readonly number[], bytes: number): Uint8Array {
  const list = new Uint8Array(places.length * bytes)
  let at = 0
  for (const place of places) for (let byte = 0; byte < bytes; byte++) list[at++] = place >> (byte * 8)
  return list
}

const bitOf = (place: number): number => 1 << (place & 7)

function withBits(bits: Uint8Array, places: readonly number[]): Uint8Array {
  for (const place of places) bits[place >> 3]! |= bitOf(place)
  return bits
}
