import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { join, rowsOf, type PeopleRow } from './people.ts'
import type { DayPeople } from './store.ts'

/** A table of rows, and who was told to be new. */
function openTable() {
  const rows = new Map<string, Uint8Array>()
  const keyOf = ({ day, scope, metric, part }: Omit<PeopleRow, 'holders'>): string =>
    `${day} ${scope} ${metric} ${part}`
  let changes = 0
  function come(...people: DayPeople[]): DayPeople[] {
    const found: DayPeople[] = []
    for (let asked = rowsOf(people); asked.length > 0;) {
      const joined = asked.map((row) => join(rows.get(keyOf(row)), row))
      for (const row of joined.flatMap(({ changed }) => changed)) {
        rows.set(keyOf(row), row.holders)
        changes++
      }
      found.push(...joined.flatMap((one) => one.people))
      asked = joined.flatMap(({ next }) => next)
    }
    return found
  }
  return {
    come,
    /** The lengths of those that are not divided. */
    lengths: (): number[] => [...rows.values()].flatMap(({ length }) => (length > 0 ? length : [])),
    /** How many rows were changed so far. */
    changes: (): number => changes,
  }
}

const KEY = { day: 1, scope: 2, metric: 3 }

const peopleOf = (holders: Iterable<number>): DayPeople => ({ ...KEY, holders: ascending(holders) })

const ascending = (numbers: Iterable<number>): number[] => [...new Set(numbers)].sort((a, b) => a - b)

const holdersOf = (people: readonly DayPeople[]): number[] => ascending(people.flatMap(({ holders }) => holders))

test('whoever comes is new once, however many come, in whatever company', () => {
  const near = fc.integer({ min: 1, max: 9000 })
  const holder = fc.oneof(near, near, fc.integer({ min: 1, max: 500_000 }), fc.integer({ min: 1, max: 2 ** 40 }))
  const company = fc.array(holder, { maxLength: 700 })
  fc.assert(
    fc.property(fc.array(company, { maxLength: 6 }), (companies) => {
      const { come, lengths } = openTable()
      const seen = new Set<number>()
      for (const holders of companies) {
        const found = come(peopleOf(holders))
        assert.deepEqual(
          holdersOf(found),
          ascending(holders).filter((one) => !seen.has(one)),
        )
        assert.ok(found.every(({ day, scope, metric }) => day === 1 && scope === 2 && metric === 3))
        for (const one of holders) seen.add(one)
        assert.ok(Math.max(...lengths(), 0) <= 896)
      }
    }),
  )
})

test('days, scopes and metrics are told apart', () => {
  const { come } = openTable()
  const people = { day: 1, scope: 1, metric: 1, holders: [5] }
  const others = [people, { ...people, metric: 2 }, { ...people, scope: 2 }, { ...people, day: 2 }]
  assert.deepEqual(come(...others), others)
  assert.deepEqual(come(...others), [])
})

test('a few people share one row, however far apart their numbers are', () => {
  const { come, lengths, changes } = openTable()
  const holders = Array.from({ length: 200 }, (_, n) => n * 5000)
  for (let at = 0; at < holders.length; at += 10) come(peopleOf(holders.slice(at, at + 10)))
  assert.deepEqual(lengths(), [800])
  assert.equal(changes(), 20)
})

test('where all of a number of holders come, a person takes an eighth of a byte', () => {
  const { come, lengths } = openTable()
  come(peopleOf([7, 900, 4000]))
  assert.deepEqual(lengths(), [12])
  come(peopleOf(Array.from({ length: 8192 }, (_, holder) => holder)))
  assert.deepEqual(lengths(), [512, 512])
})
