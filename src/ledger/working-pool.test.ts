import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { PooledRow } from '../domain/rows.ts'
import { openScratchStore, openStoreForWriting } from '../store/open.ts'
import type { Writer } from '../store/store.ts'
import { commit, newDataDir, query } from '../../test/support/data.ts'
import { newCard, newMerchant } from '../../test/support/ask.ts'
import { aFace, APPID } from '../../test/support/given.ts'
import { settle, type Outcome } from './batch.ts'
import { WorkingRows } from './working-rows.ts'

const DEPOSITED = aFace({
  base_info: { use_custom_code: true, get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT', get_limit: 5000 },
})

const numbers = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, place) => `C-${String(from + place).padStart(5, '0')}`)

const deposit = (card_id: string, codes: readonly string[]) =>
  ({ command: 'depositCodes', request: { card_id, codes } }) as const

const raise = (card_id: string, by: number) =>
  ({
    command: 'modifyStock',
    request: { card_id, increase_stock_value: by, reduce_stock_value: 0 },
  }) as const

let holders = 0

const draw = (card_id: string) =>
  ({ command: 'receiveCode', request: { card_id, openid: `o_${++holders}`, fresh_codes: [] } }) as const

/** Of those that were draws. */
const codesOf = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap((outcome) => (settle(outcome) as { code?: string } | null)?.code ?? [])

const rowsOf = (from: number, count: number, card_id = 'p_pool'): PooledRow[] =>
  numbers(from, count).map((code, n) => ({ card_id, code, place: from + n }))

/** The rows of a new transaction. */
function begin(writer: Writer): WorkingRows {
  writer.begin()
  return new WorkingRows(writer.rowsOf(APPID))
}

/** A store with a card that has a thousand deposited codes, every one of which may be received. */
function openPool(t: { after(end: () => Promise<void>): void }): { writer: Writer; data_dir: string } {
  const data_dir = newDataDir()
  const writer = openStoreForWriting(data_dir)
  t.after(() => writer.close())
  commit(writer, newMerchant(), newCard('p_pool', { face: DEPOSITED, quantity: 0 }))
  commit(writer, ...Array.from({ length: 10 }, (_, n) => deposit('p_pool', numbers(n * 100 + 1, 100))))
  commit(writer, raise('p_pool', 1000))
  return { writer, data_dir }
}

const leftIn = (data_dir: string): number =>
  (query(data_dir, 'select count(*) as count from pool')[0] as { count: number }).count

for (const size of [1, 63, 64, 65, 128, 250, 1000]) {
  test(`a thousand deposited codes are drawn in their order, ${size} a batch`, (t) => {
    const { writer, data_dir } = openPool(t)
    const drawn: string[] = []
    while (drawn.length < 1000) {
      const count = Math.min(size, 1000 - drawn.length)
      drawn.push(...codesOf(commit(writer, ...Array.from({ length: count }, () => draw('p_pool')))))
      assert.equal(leftIn(data_dir), 1000 - drawn.length)
    }
    assert.deepEqual(drawn, numbers(1, 1000))
  })
}

test('draws and deposits of one batch: what is deposited waits behind what was there', (t) => {
  const { writer, data_dir } = openPool(t)
  const outcomes = commit(
    writer,
    ...Array.from({ length: 990 }, () => draw('p_pool')),
    deposit('p_pool', numbers(1001, 60)),
    raise('p_pool', 60),
    ...Array.from({ length: 20 }, () => draw('p_pool')),
    deposit('p_pool', numbers(1061, 10)),
    raise('p_pool', 10),
    ...Array.from({ length: 60 }, () => draw('p_pool')),
  )
  assert.deepEqual(codesOf(outcomes), numbers(1, 1070))
  assert.equal(leftIn(data_dir), 0)
})

/** What happens to a pool, by random numbers that choose the code. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant('draw' as const), times: fc.integer({ min: 1, max: 70 }) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('deposit' as const), times: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('drop' as const), times: fc.nat({ max: 2000 }) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('deposit again' as const), times: fc.nat({ max: 2000 }) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('find' as const), times: fc.nat({ max: 2000 }) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('save' as const), times: fc.constant(0) }) },
)

test('draws, deposits and drops in any order leave what a plain list would leave, in the transaction and after it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), fc.nat({ max: 200 }), async (steps, first) => {
      const data_dir = newDataDir()
      const writer = openScratchStore(data_dir)
      commit(writer, newMerchant(), newCard('p_pool', { face: DEPOSITED, quantity: 0 }))
      if (first > 0) commit(writer, deposit('p_pool', numbers(1, first)))
      const list = rowsOf(1, first)
      /** Those that were drawn or dropped. */
      const gone: PooledRow[] = []
      let place = first
      let rows = begin(writer)
      for (const { act, times } of steps) {
        if (act === 'save') {
          writer.save(APPID, rows.changes())
          writer.commit()
          rows = begin(writer)
        } else if (act === 'deposit') {
          const fresh = rowsOf(place + 1, times)
          fresh.forEach((row) => rows.putPooled(row))
          list.push(...fresh)
          place += times
        } else if (act === 'draw') {
          for (let time = 0; time < times; time++) {
            const next = rows.nextPooled('p_pool')
            assert.deepEqual(next, list.shift())
            if (!next) continue
            rows.dropPooled(next)
            gone.push(next)
          }
        } else if (act === 'deposit again') {
          const [again] = gone.splice(times % (gone.length || 1), 1)
          if (!again) continue
          const row = { ...again, place: ++place }
          rows.putPooled(row)
          list.push(row)
        } else if (list.length > 0) {
          const chosen = list[times % list.length]!
          assert.deepEqual(rows.pooled('p_pool', chosen.code), chosen)
          if (act === 'drop') {
            rows.dropPooled(chosen)
            gone.push(...list.splice(list.indexOf(chosen), 1))
            assert.equal(rows.pooled('p_pool', chosen.code), undefined)
          }
        }
        assert.deepEqual(rows.nextPooled('p_pool'), list[0])
      }
      writer.save(APPID, rows.changes())
      writer.commit()
      await writer.close()
      const saved = query(data_dir, 'select place, code from pool order by place').map((row) => ({
        ...(row as object),
      }))
      assert.deepEqual(
        saved,
        list.map(({ place, code }) => ({ place, code })),
      )
    }),
    { numRuns: 150 },
  )
})

test('the pools of two cards of one batch know nothing of each other, though their codes are the same', (t) => {
  const { writer } = openPool(t)
  const face = DEPOSITED
  commit(
    writer,
    newCard('p_two', { face, quantity: 0 }),
    deposit('p_two', numbers(1, 70).toReversed()),
    raise('p_two', 70),
  )
  const outcomes = commit(writer, ...Array.from({ length: 140 }, (_, n) => draw(n % 2 ? 'p_two' : 'p_pool')))
  const drawn = codesOf(outcomes)
  assert.deepEqual(
    drawn.filter((_, n) => n % 2 === 0),
    numbers(1, 70),
  )
  assert.deepEqual(
    drawn.filter((_, n) => n % 2 === 1),
    numbers(1, 70).toReversed(),
  )
})

test('an empty pool has no next code, before and after its last was drawn', (t) => {
  const { writer } = openPool(t)
  commit(writer, newCard('p_empty', { face: DEPOSITED, quantity: 0 }))
  const rows = begin(writer)
  assert.equal(rows.nextPooled('p_empty'), undefined)
  const [only] = rowsOf(1, 1, 'p_empty')
  rows.putPooled(only!)
  assert.deepEqual(rows.nextPooled('p_empty'), only)
  rows.dropPooled(only!)
  assert.equal(rows.nextPooled('p_empty'), undefined)
  assert.deepEqual(rows.changes().pool, [], 'what came and went in one transaction is nothing to save')
  writer.rollback()
})
