import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { NumberedFact } from '../../src/domain/facts.ts'
import type { CodeRow } from '../../src/domain/rows.ts'
import { commitBatch } from '../../src/ledger/batch.ts'
import { sumUp } from '../support/sum-up.ts'
import { openScratchStore } from '../../src/store/open.ts'
import { everythingIn, newDataDir, query, toolsOf, waiting } from '../support/data.ts'
import { CALENDAR, APPID } from '../support/given.ts'
import { seedOf } from '../support/random.ts'
import { history } from '../support/random-commands.ts'

/**
 * What is out, and what became of cards by channel, counted along the way, against what the tables and the facts hold
 * in the end.
 */

const shanghaiMonth = (at: number): string => new Date((at + 8 * 3600) * 1000).toISOString().slice(0, 7)

function tally(keys: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const key of keys.toSorted()) counts[key] = (counts[key] ?? 0) + 1
  return counts
}

const monthOf = ({ begin_time, end_time }: CodeRow): string =>
  end_time !== null ? shanghaiMonth(end_time) : begin_time === null ? 'range' : 'never'

const isOut = ({ status }: CodeRow): boolean => status === 'NORMAL' || status === 'GIFTING'

/** The channel of the receipt behind a fact, by the chain of facts. */
function channelOf(fact: NumberedFact, facts: readonly NumberedFact[]): string {
  let first = fact
  while (first.previous !== null) first = facts[first.previous - 1]!
  return ('outer_str' in first && first.outer_str) || ''
}

const STEPS: Record<string, string> = {
  card_viewed: 'viewed',
  code_received: 'received',
  code_consumed: 'redeemed',
  gift_accepted: 'gifted',
  code_expired: 'expired',
}

test('in any history what is counted as outstanding is what is out, and every step stands under its channel', async (t) => {
  const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 9 })
  let codes = 0
  await fc.assert(
    fc.asyncProperty(history(120), pieces, async (list, sizes) => {
      const data_dir = newDataDir()
      const writer = openScratchStore(data_dir)
      const queue = waiting(list)
      for (let turn = 0; queue.length > 0; turn++) {
        commitBatch(queue.splice(0, sizes[turn % sizes.length]), toolsOf(writer))
        if (turn % 2 === 0) sumUp(writer, APPID, CALENDAR, sizes[turn % sizes.length]!)
      }
      while (sumUp(writer, APPID, CALENDAR, 7));
      await writer.close()

      const [{ codes: rows, facts } = assert.fail()] = everythingIn(data_dir)
      codes += rows.length
      const counted = query(
        data_dir,
        `select k.card_id, o.month, o.codes from outstanding o join card k on k.merchant = o.merchant and k.card = o.card
          where o.codes <> 0`,
      ) as { card_id: string; month: string; codes: number }[]
      assert.deepEqual(
        tally(counted.flatMap(({ card_id, month, codes }) => Array<string>(codes).fill(`${card_id} ${month}`))),
        tally(rows.filter(isOut).map((row) => `${row.card_id} ${monthOf(row)}`)),
      )

      const steps = query(
        data_dir,
        `select k.card_id, s.name, s.viewed, s.received, s.redeemed, s.gifted, s.expired
           from step s join card k on k.merchant = s.merchant and k.card = s.card where s.aspect = 0`,
      ) as ({ card_id: string; name: string } & Record<string, number>)[]
      const told = steps.flatMap((row) =>
        Object.values(STEPS).flatMap((step) => Array<string>(row[step]!).fill(`${row.card_id} ${row.name} ${step}`)),
      )
      const naive = facts.flatMap((fact) => {
        const step = STEPS[fact.kind]
        return step && 'card_id' in fact ? `${fact.card_id} ${channelOf(fact, facts)} ${step}` : []
      })
      assert.deepEqual(tally(told), tally(naive))
    }),
    { seed: seedOf(t), numRuns: 150 },
  )
  assert.ok(codes > 300, `only ${codes} codes`)
})
