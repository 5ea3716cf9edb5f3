import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { blocksOf, join } from './people.ts'
import type { DayPerson } from './store.ts'

/** A table of rows, and who was told to be new. */
function openTable() {
  const rows = new Map<string, Uint8Array>()
  return {
    rows,
    come: (people: readonly DayPerson[]): DayPerson[] =>
      blocksOf(people).flatMap((block) => {
        const key = `${block.day} ${block.scope} ${block.metric} ${block.block}`
        const joined = join(rows.get(key), block)
        rows.set(key, joined.holders)
        return joined.people
      }),
  }
}

const asPeople = (holders: Iterable<number>): DayPerson[] =>
  [...new Set(holders)].sort((a, b) => a - b).map((holder) => ({ day: 1, scope: 2, metric: 3, holder }))

test('whoever comes is new once, however many come, in whatever company', () => {
  const holder = fc.oneof(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 2 ** 40 }))
  const company = fc.array(holder, { maxLength: 700 })
  fc.assert(
    fc.property(fc.array(company, { maxLength: 6 }), (companies) => {
      const { come } = openTable()
      const seen = new Set<number>()
      for (const holders of companies) {
        const expected = asPeople(holders).filter((person) => !seen.has(person.holder))
        assert.deepEqual(come(asPeople(holders)), expected)
        for (const one of holders) seen.add(one)
      }
    }),
  )
})

test('days, scopes and metrics are told apart', () => {
  const { come } = openTable()
  const person = { day: 1, scope: 1, metric: 1, holder: 5 }
  const others = [person, { ...person, metric: 2 }, { ...person, scope: 2 }, { ...person, day: 2 }]
  assert.deepEqual(come(others), others)
  assert.deepEqual(come(others), [])
})

test('a person takes two bytes where few come, and an eighth of one where all do', () => {
  const { come, rows } = openTable()
  come(asPeople([7, 900, 4000]))
  assert.deepEqual(
    [...rows.values()].map(({ length }) => length),
    [6],
  )
  come(asPeople(Array.from({ length: 8192 }, (_, holder) => holder)))
  assert.deepEqual(
    [...rows.values()].map(({ length }) => length),
    [512, 512],
  )
})
