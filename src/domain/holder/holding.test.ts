import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aCard, aMerchant, NOW } from '../../../test/support/given.ts'
import { seedOf } from '../../../test/support/random.ts'
import { MemoryRows } from '../../../test/support/rows.ts'
import { evolve } from '../evolve.ts'
import type { NumberedFact } from '../facts.ts'
import { hasRedeemed, MANY, receivedBy, redeemedIn } from './holding.ts'

const HOLDERS = ['o_1', 'o_2', 'o_3'] as const

interface Held {
  code: string
  openid: string
  is_redeemed: boolean
}

/** What happens to the codes of one card, and a plain count of it beside. */
class Shop {
  readonly rows: MemoryRows
  readonly #codes: Held[] = []
  readonly #received = new Map<string, number>()
  readonly #redeemed = new Map<string, number>()
  #facts = 0

  constructor() {
    this.rows = new MemoryRows({ merchant: aMerchant(), cards: [aCard({ quantity: 10_000, total_quantity: 10_000 })] })
  }

  receive(openid: string): void {
    const code = `${++this.#facts}`
    this.#codes.push({ code, openid, is_redeemed: false })
    this.#tell({ kind: 'code_received', openid, code, begin_time: null, end_time: null, outer_str: null })
    this.#received.set(openid, this.received(openid) + 1)
  }

  redeem(pick: number): void {
    const held = this.#pick(pick)
    if (!held) return
    held.is_redeemed = true
    this.#tell({ kind: 'code_consumed', openid: held.openid, code: held.code })
    this.#redeemed.set(held.openid, this.redeemed(held.openid) + 1)
  }

  /** @param renews whether the code gets a new number, as generated codes do */
  give(pick: number, friend: string, renews: boolean): void {
    const held = this.#pick(pick)
    if (!held || held.openid === friend) return
    const detail = { friend, ...(renews && { new_code: `${this.#facts + 1} anew` }) }
    this.#tell({ kind: 'gift_accepted', openid: held.openid, code: held.code, detail })
    held.openid = friend
    held.code = detail.new_code ?? held.code
  }

  received = (openid: string): number => this.#received.get(openid) ?? 0
  redeemed = (openid: string): number => this.#redeemed.get(openid) ?? 0

  #pick(pick: number): Held | undefined {
    const usable = this.#codes.filter(({ is_redeemed }) => !is_redeemed)
    return usable[pick % usable.length]
  }

  #tell(fact: object): void {
    const numbered: unknown = { ...fact, at: NOW, card_id: 'p_card', fact: ++this.#facts, previous: null }
    evolve('wx_test', this.rows, numbered as NumberedFact)
  }
}

function check({ rows, received, redeemed }: Shop): void {
  for (const openid of HOLDERS) {
    const of = { card_id: 'p_card', openid }
    assert.equal(receivedBy(rows, of), received(openid))
    // A code that is not redeemed can be another's, or none: limits below the count are reached, those above are not.
    const count = redeemed(openid)
    const all = rows.codesOfHolder('p_card', openid)
    const reaches = (limit: number): boolean =>
      hasRedeemed(rows.counted('p_card', openid), limit) ?? redeemedIn(all) >= limit
    assert.equal(reaches(count + 1), false)
    if (all.some(({ status }) => status === 'NORMAL') && count > 0) assert.equal(reaches(count), true)

    const { codes, counted } = rows.holding('p_card', openid)
    assert.equal(codes, rows.codesOfHolder('p_card', openid).length)
    assert.equal(
      counted !== undefined,
      received(openid) !== codes || codes >= MANY,
      'kept only where codes do not tell',
    )
  }
}

const happening = fc.oneof(
  fc.record({ what: fc.constant('receive' as const), openid: fc.constantFrom(...HOLDERS), times: fc.nat({ max: 50 }) }),
  fc.record({ what: fc.constant('redeem' as const), pick: fc.nat(), times: fc.nat({ max: 30 }) }),
  fc.record({
    what: fc.constant('give' as const),
    pick: fc.nat(),
    friend: fc.constantFrom(...HOLDERS),
    renews: fc.boolean(),
    times: fc.nat({ max: 5 }),
  }),
)

test('whatever was received, redeemed and given, everyone’s receipts and redemptions are known', (t) => {
  let kept = 0
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (all) => {
      const shop = new Shop()
      for (const one of all) {
        for (let time = 0; time < one.times; time++) {
          if (one.what === 'receive') shop.receive(one.openid)
          else if (one.what === 'redeem') shop.redeem(one.pick)
          else shop.give(one.pick, one.friend, one.renews)
        }
        check(shop)
      }
      kept += HOLDERS.filter((openid) => shop.rows.holding('p_card', openid).codes >= MANY).length
    }),
    { seed: seedOf(t), numRuns: 300 },
  )
  assert.ok(kept > 10, `only ${kept} holders came to have many codes`)
})

test('while nobody has many codes or gives any away, nothing is kept beside the codes', () => {
  const shop = new Shop()
  for (let n = 0; n < MANY - 1; n++) shop.receive('o_1')
  for (let n = 0; n < 30; n++) shop.redeem(n)
  assert.equal(shop.rows.holding('p_card', 'o_1').counted, undefined)
  shop.receive('o_1')
  assert.deepEqual(shop.rows.holding('p_card', 'o_1'), {
    card_id: 'p_card',
    openid: 'o_1',
    codes: MANY,
    counted: { received: MANY, consumed: 30 },
  })
})
