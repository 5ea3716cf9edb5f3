import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { commitBatch } from '../../src/ledger/batch.ts'
import { verify } from '../../src/ledger/verify.ts'
import { openScratchStore } from '../../src/store/open.ts'
import { everythingIn, newDataDir, toolsOf, waiting } from '../support/data.ts'
import { live } from '../support/live.ts'
import { history, type Asked } from '../support/random-commands.ts'
import { seedOf } from '../support/random.ts'
import { MemoryRows } from '../support/rows.ts'
import type { NumberedFact } from '../../src/domain/facts.ts'

/** What must be true of any shop, whatever was asked of it: of the rules alone, and of what lies on the disk. */

type Everything = Omit<ReturnType<typeof everythingIn>[number], 'facts'>

/** Between what was offered, what was handed out, and what holders have. */
function checkRows({ cards, codes, holdings, pool }: Everything, limits: Map<string, number>): void {
  for (const { card_id, quantity, total_quantity, deposited, face } of cards) {
    // A number that was given away stands for a code that a friend has under another one.
    const issued = codes.filter((code) => code.card_id === card_id && code.status !== 'GIFT_SUCC')
    const kept = holdings.filter((holding) => holding.card_id === card_id)
    const owned = codes.filter((code) => code.card_id === card_id)
    const openids = [...new Set([...owned, ...kept].map(({ openid }) => openid))]
    const held = openids.map((openid) => {
      const own = owned.filter((code) => code.openid === openid)
      const told = { received: own.length, consumed: own.filter(({ status }) => status === 'CONSUMED').length }
      return { openid, ...(kept.find((holding) => holding.openid === openid)?.counted ?? told) }
    })
    assert.ok(quantity >= 0 && issued.length <= total_quantity)
    assert.equal(total_quantity - quantity, issued.length, 'what was issued left the stock')
    assert.equal(sum(held.map(({ received }) => received)), issued.length, 'and was received by someone')
    for (const { openid, received, consumed } of held) {
      const used = issued.filter((code) => code.openid === openid && code.status === 'CONSUMED')
      assert.equal(consumed, used.length)
      assert.ok(consumed <= (face.base_info.use_limit ?? 50))
      assert.ok(received <= limits.get(card_id)!, `${openid} received ${received} of ${card_id}`)
    }
    const left = pool.filter((code) => code.card_id === card_id)
    if (face.base_info.get_custom_code_mode !== undefined) assert.equal(left.length, deposited - issued.length)
    else assert.equal(left.length, 0)
    assert.ok(left.every(({ code }) => issued.every((one) => one.code !== code)))
  }
  const generated = codes.filter(({ card_id }) => !isCustom(cards, card_id)).map(({ code }) => code)
  assert.equal(new Set(generated).size, generated.length, 'a generated number is one code’s')
  const named = codes.map(({ code, card_id }) => `${code} of ${card_id}`)
  assert.equal(new Set(named).size, named.length, 'a code has one owner')
  for (const { status, gift_ticket, gift_expire_time } of codes) {
    // Of one that expired on its way it is still known with which gift.
    if (status !== 'EXPIRE') assert.equal(status === 'GIFTING', gift_ticket !== null)
    assert.equal(gift_ticket === null, gift_expire_time === null)
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

const isCustom = (cards: Everything['cards'], card_id: string): boolean =>
  cards.find((card) => card.card_id === card_id)!.face.base_info.use_custom_code === true

const FINAL = new Set(['CONSUMED', 'UNAVAILABLE', 'GIFT_SUCC'])

/** What is over stays as it is: the same holder, the same state, and nothing happens to it any more. */
function checkFinal(before: Everything, after: Everything): void {
  const now = new Map(after.codes.map((row) => [`${row.code} of ${row.card_id}`, row]))
  for (const row of before.codes) {
    if (FINAL.has(row.status)) assert.deepEqual(now.get(`${row.code} of ${row.card_id}`), row)
  }
}

/** The highest get_limit that each card ever had. */
function raise(limits: Map<string, number>, { cards }: Everything): void {
  for (const { card_id, face } of cards) {
    limits.set(card_id, Math.max(face.base_info.get_limit ?? 50, limits.get(card_id) ?? 0))
  }
}

const rowsOf = (rows: MemoryRows): Everything => rows.all() as Everything

test('after every command of any history stock, codes, owners and limits agree, and what is over stays over', (t) => {
  const statuses = new Set<string>()
  const property = fc.property(history(80), (list) => {
    const rows = new MemoryRows()
    const facts: NumberedFact[] = []
    const limits = new Map<string, number>()
    let before = rowsOf(rows)
    for (const asked of list) {
      if (!('answer' in live(asked, rows, facts))) continue
      const after = rowsOf(rows)
      raise(limits, after)
      checkRows(after, limits)
      checkFinal(before, after)
      before = after
    }
    for (const { kind, at } of facts) assert.ok(Number.isInteger(at), kind)
    checkHistories(facts)
    for (const { status } of before.codes) statuses.add(status)
  })
  fc.assert(property, { seed: seedOf(t), numRuns: 1000 })
  assert.deepEqual(
    [...statuses].toSorted(),
    ['CONSUMED', 'DELETE', 'EXPIRE', 'GIFTING', 'GIFT_SUCC', 'NORMAL', 'UNAVAILABLE'],
    'codes end in every state',
  )
})

const LAST = new Set(['code_consumed', 'code_made_unavailable'])

/** Each fact about a code follows the one before it, back to a receipt; nothing follows its end. */
function checkHistories(facts: readonly NumberedFact[]): void {
  for (const { kind, previous, ...fact } of facts) {
    if (!('code' in fact)) continue
    if (kind === 'code_received') {
      assert.equal(previous, null)
      continue
    }
    const former = facts[previous! - 1]!
    assert.ok('code' in former && former.card_id === fact.card_id, `${kind} follows ${former.kind}`)
    assert.ok(!LAST.has(former.kind), `${kind} follows ${former.kind}`)
    if (kind === 'code_expired') assert.notEqual(former.kind, kind, 'that a code has expired is found once')
  }
}

async function store(list: readonly (Asked & { appid?: string })[], size: number): Promise<string> {
  const data_dir = newDataDir()
  const writer = openScratchStore(data_dir)
  const queue = waiting(list)
  while (queue.length > 0) commitBatch(queue.splice(0, size), toolsOf(writer))
  await writer.close()
  return data_dir
}

test('what any history leaves on the disk holds together, and verify finds it clean', async (t) => {
  const property = fc.asyncProperty(history(150), fc.integer({ min: 1, max: 40 }), async (list, size) => {
    const data_dir = await store(list, size)
    const [{ facts, ...rows } = assert.fail()] = everythingIn(data_dir)
    const limits = new Map(rows.cards.map(({ card_id }) => [card_id, 50]))
    checkRows(rows, limits)
    checkHistories(facts)
    assert.deepEqual((await verify({ data_dir })).differences, [])
  })
  await fc.assert(property, { seed: seedOf(t), numRuns: 40 })
})
