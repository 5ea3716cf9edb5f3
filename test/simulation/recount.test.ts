import assert from 'node:assert/strict'
import { after, test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { DAY_S, dateOf, dayOfDate, openCalendar, type Calendar } from '../../src/clock.ts'
import { ALL_CARDS, MEMBER_CARDS } from '../../src/domain/statistics.ts'
import { commitBatch } from '../../src/ledger/batch.ts'
import { sumUp } from '../support/sum-up.ts'
import { openStore, openStoreForWriting, openScratchSnapshot } from '../../src/store/open.ts'
import type { DayRow, DayScope } from '../../src/store/store.ts'
import { newDataDir, query, told, waiting } from '../support/data.ts'
import { aFace, NOW, PERMANENT, RANGE, term } from '../support/given.ts'
import { history, type Asked } from '../support/random-commands.ts'
import { seedOf } from '../support/random.ts'
import { recount, type Scope } from '../support/recount.ts'

/**
 * Whatever happens, in whatever order, and whenever it is summed up: the sums of the days are what a plain count of the
 * facts gives. A failure prints its seed and the shortest history that shows it; SEED=… has it again.
 */

const data_dir = newDataDir()
const writer = openStoreForWriting(data_dir)
const store = await openStore({ data_dir })
after(async () => {
  store.close()
  await writer.close()
})

const ZONES = ['Asia/Shanghai', 'America/Los_Angeles', 'Pacific/Kiritimati', 'Asia/Kathmandu', 'UTC']

/** Cards beside those of a random history: more kinds of member cards, some of them made in the console. */
const memberCard = (base_info: object) => aFace({ card_type: 'MEMBER_CARD', base_info: { get_limit: 9, ...base_info } })
const CARDS = [
  { face: memberCard({ date_info: { ...RANGE, end_timestamp: NOW + 3 * DAY_S } }), source: 'api' },
  { face: memberCard({ date_info: term(2) }), source: 'console' },
  { face: memberCard({ date_info: PERMANENT }), source: 'console' },
  { face: memberCard({ date_info: term(3), use_custom_code: true }), source: 'api' },
  { face: aFace({ base_info: { date_info: { ...RANGE, end_timestamp: NOW + 2 * DAY_S } } }), source: 'console' },
] as const

const MAY_END = new Set(['m_0', 'm_1', 'm_3'])

const newCards = CARDS.flatMap(({ face, source }, place): Asked[] => [
  { command: 'createCard', request: { card_id: `m_${place}`, face, quantity: 100, source } },
  { command: 'approveCard', request: { card_id: `m_${place}` } },
])

const KINDS = [
  ...(['receive', 'receive', 'receive', 'view', 'consume', 'unavailable', 'renumber', 'give', 'give'] as const),
  ...(['accept', 'accept', 'giveBack', 'delete', 'restore', 'activate', 'activate', 'widen', 'clock'] as const),
  ...(['clock', 'clock', 'expireSome', 'expireAll', 'expireAll', 'sum', 'sum', 'sumTwice'] as const),
]

interface Act {
  kind: (typeof KINDS)[number]
  /** Choose among whatever there is. */
  which: number
  openid: string
  size: number
  /** How many commands of the random history come before it, in one batch. */
  after: number
}

const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom(...KINDS),
  which: fc.nat({ max: 99 }),
  openid: fc.constantFrom('o_1', 'o_2', 'o_客'),
  size: fc.integer({ min: 1, max: 9 }),
  after: fc.nat({ max: 2 }),
})

interface Held {
  code: string
  card_id: string
  openid: string
  gift_ticket: string | null
}

const NO_ACT = { which: 0, openid: '', size: 0, after: 0 }

let merchants = 0

/** One merchant, whose history is committed and counted. */
class Place {
  readonly appid = `wx_${++merchants}`
  readonly calendar: Calendar
  #fresh = 0
  #now = NOW
  readonly #atOnce: boolean

  constructor(zone: string, atOnce: boolean) {
    this.#atOnce = atOnce
    this.calendar = openCalendar(zone)
  }

  /** Time passes between batches; where expiries are found at once, before anything else happens. */
  commit(asked: readonly Asked[]): void {
    for (let rest = asked; rest.length > 0;) {
      const moved = rest.findIndex(({ command }) => command === 'moveClock')
      const end = moved < 0 ? rest.length : moved + 1
      this.#commitBatch(rest.slice(0, end))
      if (moved >= 0 && this.#atOnce) this.act({ ...NO_ACT, kind: 'expireAll' })
      rest = rest.slice(end)
    }
  }

  #commitBatch(asked: readonly Asked[]): void {
    const tools = { writer, calendar: this.calendar, now: () => NOW }
    const batch = waiting(asked.map((one) => ({ ...one, appid: this.appid })))
    for (const outcome of commitBatch(batch, tools)) {
      if ('fault' in outcome) assert.fail(outcome.fault)
      outcomes.set(told(outcome), (outcomes.get(told(outcome)) ?? 0) + 1)
    }
  }

  sumUp(most: number): boolean {
    return sumUp(writer, this.appid, this.calendar, most)
  }

  act({ kind, which, openid, size }: Act): void {
    const held = this.#codes()
    const one = held[which % Math.max(held.length, 1)]
    const of = one && { code: one.code, card_id: one.card_id }
    const fresh = `9${String(++this.#fresh).padStart(11, '0')}`
    const ask = (command: Asked['command'], request: object): void => this.commit([{ command, request }])
    switch (kind) {
      case 'receive': {
        const place = which % CARDS.length
        const code = place === 3 ? { code: `C-${fresh}` } : {}
        return ask('receiveCode', { card_id: `m_${place}`, openid, fresh_codes: [fresh], ...code })
      }
      case 'view':
        return ask('viewCard', { card_id: `m_${which % CARDS.length}`, openid })
      case 'consume':
        return of && ask('consumeCode', of)
      case 'unavailable':
        return of && ask('makeUnavailable', of)
      case 'renumber':
        return of && ask('updateCode', { ...of, new_code: `R-${fresh}` })
      case 'give':
        return of && ask('giveCode', { ...of, openid: one.openid, gift_ticket: `gift-${fresh}` })
      case 'accept': {
        const gift = held.findLast(({ gift_ticket }) => gift_ticket !== null)
        return gift && ask('acceptGift', { gift_ticket: gift.gift_ticket, openid, fresh_codes: [fresh] })
      }
      case 'giveBack': {
        const gift = held.find(({ gift_ticket }) => gift_ticket !== null)
        return gift && ask('returnGift', { gift_ticket: gift.gift_ticket, openid: gift.openid })
      }
      case 'delete':
        return of && ask('deleteCode', { ...of, openid: one.openid })
      case 'restore':
        // One that ends while it is thrown away is found late, whenever it comes back.
        if (this.#atOnce && one && MAY_END.has(one.card_id)) return
        return of && ask('restoreCode', { card_id: of.card_id, openid: one.openid })
      case 'activate': {
        const end =
          which % 3 === 0 && one && MAY_END.has(one.card_id) ? { activate_end_time: this.#now + size * DAY_S } : {}
        const membership = { membership_number: fresh, init_bonus: 0, init_balance: 0 }
        return of && ask('activateMember', { ...of, ...end, membership })
      }
      case 'widen': {
        const changes = { base_info: {}, fields: {} }
        const date_info = { end_timestamp: NOW + (3 + size * 2) * DAY_S }
        return ask('updateCard', { card_id: 'm_0', card_type: 'MEMBER_CARD', review: false, changes, date_info })
      }
      case 'clock':
        this.#now += which * 3600
        return ask('moveClock', { by: which * 3600 })
      case 'expireSome':
      case 'expireAll': {
        const named = held.filter((_, place) => kind === 'expireAll' || place % 2 === which % 2)
        return ask('expireCodes', { codes: named.map(({ code, card_id }) => ({ code, card_id })) })
      }
      case 'sum':
        return void this.sumUp(size * 3)
      case 'sumTwice':
        while (this.sumUp(size));
        return void this.sumUp(size)
    }
  }

  #codes(): Held[] {
    return query(
      data_dir,
      `select c.code, k.card_id, h.openid, c.gift_ticket
         from merchant m join code c using (merchant) join card k using (merchant, card)
              join face f using (merchant, card) join holder h using (merchant, holder)
        where m.appid = '${this.appid}'
        order by coalesce(c.end_time, f.face ->> '$.base_info.date_info.end_timestamp'), c.code`,
    ) as Held[]
  }
}

const outcomes = new Map<string, number>()
const seen = { days: 0, cells: 0 }

/** Every cell of every day, of all cards, all member cards and each card. */
async function compare({ appid }: Place, zone: string): Promise<void> {
  const snapshot = openScratchSnapshot(data_dir)
  const facts = [...snapshot.facts(appid)]
  const cards = [...snapshot.cards(appid)]
  snapshot.close()
  const expected = recount(facts, zone)
  const last = Math.max(...facts.map(({ at }) => at))
  const days = Array.from(
    { length: Math.ceil((last - NOW) / DAY_S) + 5 },
    (_, place) => dayOfDate('2015-09-29')! + place,
  )

  const check = async (of: DayScope, scope: Scope, ofRow: (row: DayRow) => boolean = () => true): Promise<void> => {
    const rows = new Map((await store.days(appid, days, of)).filter(ofRow).map((row) => [dateOf(row.day), row.sums]))
    for (const day of expected.activeDays(scope)) {
      assert.ok(rows.has(day), `${day} of ${JSON.stringify(scope)} is not there`)
      seen.days++
    }
    for (const [day, { total_user, total_receive_user, ...counts }] of rows) {
      assert.deepEqual({ ...counts }, expected.counts(day, scope), `${day} of ${JSON.stringify(scope)}`)
      const members = 'members' in scope && scope.members ? expected.members(day, scope.source) : NOBODY
      assert.deepEqual({ total_user, total_receive_user }, members, `${day} of ${JSON.stringify(scope)}`)
      seen.cells += Object.keys(counts).length + 2
    }
  }
  for (const source of ['console', 'api'] as const) {
    await check({ scope: ALL_CARDS[source] }, { source, members: false })
    await check({ scope: MEMBER_CARDS[source] }, { source, members: true })
  }
  for (const { card_id, source } of cards) {
    await check({ source }, { card_id }, ({ card }) => card?.card_id === card_id)
    await check({ card_id }, { card_id })
  }
}

const NOBODY = { total_user: 0, total_receive_user: 0 }

const count = (RUNS: number, atOnce: boolean) => async (t: TestContext) => {
  const property = fc.asyncProperty(
    history(60),
    fc.array(act, { minLength: 10, maxLength: 60, size: 'max' }),
    fc.constantFrom(...ZONES),
    async ([createMerchant, ...commands], acts, zone) => {
      const place = new Place(zone, atOnce)
      place.commit([createMerchant!, ...newCards])
      let next = 0
      for (const act of acts) {
        place.commit(commands.slice(next, (next += act.after)))
        place.act(act)
      }
      place.commit(commands.slice(next))
      while (place.sumUp(17));
      await compare(place, zone)
    },
  )
  const endOnFailure = process.env['SHRINK'] === undefined
  await fc.assert(property, { seed: seedOf(t), numRuns: RUNS, endOnFailure })
  t.diagnostic(`${seen.days} days, ${seen.cells} cells; commands: ${JSON.stringify(Object.fromEntries(outcomes))}`)
  assert.ok(seen.days > RUNS * 5, `only ${seen.days} days`)
}

test('the sums of the days are those that a plain count of the facts gives, whatever happens', count(150, true))

test('they are so although expiries are found late, and some of them before others', count(100, false))
