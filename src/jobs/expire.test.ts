import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { newCard, newMerchant, receive } from '../../test/support/ask.ts'
import { everythingIn, newDataDir } from '../../test/support/data.ts'
import { aFace, APPID, refusal } from '../../test/support/given.ts'
import type { Asked } from '../../test/support/random-commands.ts'
import { DAY_S, systemNow } from '../clock.ts'
import type { Face } from '../shape/card/card.ts'
import { openLedger, type Ledger } from '../ledger/ledger.ts'
import { openStore } from '../store/open.ts'
import { Expiry } from './expire.ts'

/** More than are looked at at once. */
const MANY = 450

const NOW = systemNow()

const memberCard = (date_info: Face['base_info']['date_info']) =>
  aFace({ card_type: 'MEMBER_CARD', base_info: { date_info, get_limit: 1000 } })
const TERM = memberCard({ type: 'DATE_TYPE_FIX_TERM', fixed_term: 3, fixed_begin_term: 0 })
const RANGE_END = NOW + 5 * DAY_S
const RANGE = memberCard({
  type: 'DATE_TYPE_FIX_TIME_RANGE',
  begin_timestamp: NOW - DAY_S,
  end_timestamp: RANGE_END,
})

/** A ledger at work, with a merchant who has a card of three days and one of a range that ends in five. */
async function openShop(t: TestContext) {
  const data_dir = newDataDir()
  const ledger = await openLedger({ data_dir, time_zone: 'Asia/Shanghai' })
  const commit = (...asked: Asked[]): Promise<unknown[]> =>
    Promise.all(asked.map(({ command, request }) => ledger.commit(APPID, command, request as never)))
  await commit(newMerchant({ sandbox: true }))
  await commit(
    newCard('p_term', { face: TERM, quantity: 10_000 }),
    newCard('p_range', { face: RANGE, quantity: 10_000 }),
  )
  const store = await openStore({ data_dir })
  t.after(async () => {
    store.close()
    await ledger.close()
  })
  return {
    commit,
    expiry: (of: Ledger = ledger) => new Expiry(store, of),
    ledger,
    /** The clock of the merchant, moved to a second. */
    goTo: async (to: number): Promise<number> => {
      await commit({ command: 'moveClock', request: { to } })
      return to
    },
    /** How often each code expired. */
    expired: (): Map<string, number> => {
      const counts = new Map<string, number>()
      for (const fact of everythingIn(data_dir).flatMap(({ facts }) => facts)) {
        if (fact.kind === 'code_expired') counts.set(fact.code, (counts.get(fact.code) ?? 0) + 1)
      }
      return counts
    },
  }
}

const numbers = (count: number, from: number): string[] =>
  Array.from({ length: count }, (_, place) => String(from + place).padStart(12, '0'))

const once = (codes: readonly string[]) => new Map(codes.map((code) => [code, 1]))

test('of very many codes that end in one second each is found, once, however often it is looked', async (t) => {
  const { commit, expiry, goTo, expired } = await openShop(t)
  const terms = numbers(MANY, 1)
  const ranges = numbers(MANY, 10_000)
  await commit(...terms.map((code, place) => receive('p_term', `t-${place % 300}`, code)))
  await commit(...ranges.map((code, place) => receive('p_range', `r-${place % 300}`, code)))
  const job = expiry()
  await job.findDue(APPID, NOW)
  assert.equal(expired().size, 0)

  const third = await goTo(NOW + 4 * DAY_S)
  await job.findDue(APPID, third)
  assert.deepEqual(expired(), once(terms))
  await job.findDue(APPID, third)

  await goTo(RANGE_END)
  await job.findDue(APPID, RANGE_END)
  assert.equal(expired().size, MANY, 'the last second counts')
  await goTo(RANGE_END + 1)
  await job.findDue(APPID, RANGE_END + 1)
  assert.deepEqual(expired(), once([...terms, ...ranges]))
  await expiry().findDue(APPID, RANGE_END + 1)
  assert.deepEqual(expired(), once([...terms, ...ranges]), 'and one that begins anew finds nothing more')
})

test('two that look at once, of two processes, find each code once', async (t) => {
  const { commit, expiry, goTo, expired } = await openShop(t)
  const codes = numbers(MANY, 1)
  await commit(...codes.map((code) => receive(Number(code) % 2 ? 'p_term' : 'p_range', `o-${code}`, code)))
  const late = await goTo(NOW + 9 * DAY_S)
  await Promise.all([expiry(), expiry(), expiry()].map((job) => job.findDue(APPID, late)))
  assert.deepEqual(expired(), once(codes))
})

test('a range that is widened brings its codes back, and their new end is not counted again', async (t) => {
  const { commit, expiry, goTo, expired } = await openShop(t)
  await commit(receive('p_range', 'a', '000000000001'))
  const job = expiry()
  await job.findDue(APPID, await goTo(RANGE_END + 1))
  assert.deepEqual(expired(), once(['000000000001']))
  const date_info = { end_timestamp: RANGE_END + 9 * DAY_S }
  const changes = { base_info: {}, fields: {} }
  const request = { card_id: 'p_range', card_type: 'MEMBER_CARD', review: false, changes, date_info }
  await commit({ command: 'updateCard', request })
  await commit(receive('p_range', 'b', '000000000002'))
  await job.findDue(APPID, await goTo(RANGE_END + 9 * DAY_S))
  assert.deepEqual(expired(), once(['000000000001']))
  await job.findDue(APPID, await goTo(RANGE_END + 9 * DAY_S + 1))
  assert.deepEqual(expired(), once(['000000000001', '000000000002']))
})

test('a gift that nobody took in time expires with the code, of the giver', async (t) => {
  const { commit, expiry, goTo, expired } = await openShop(t)
  await commit(receive('p_term', 'a', '000000000001'))
  await goTo(NOW + 2 * DAY_S)
  await commit({ command: 'giveCode', request: { code: '000000000001', openid: 'a', gift_ticket: 'gift' } })
  await expiry().findDue(APPID, await goTo(NOW + 9 * DAY_S))
  assert.deepEqual(expired(), once(['000000000001']))
})

test('who comes too late for a gift is told so, before the expiry of its code is found as after it', async (t) => {
  const { commit, expiry, goTo, expired, ledger } = await openShop(t)
  await commit(receive('p_term', 'a', '000000000001'))
  await commit({ command: 'giveCode', request: { code: '000000000001', openid: 'a', gift_ticket: 'gift' } })
  const late = await goTo(NOW + 9 * DAY_S)
  const assertExpired = async (): Promise<void> => {
    const gift = { gift_ticket: 'gift', openid: 'b', fresh_codes: ['000000000002'] }
    await assert.rejects(ledger.commit(APPID, 'acceptGift', gift), refusal('invalidUserCardStatus', 'EXPIRE'))
    const back = { gift_ticket: 'gift', openid: 'a' }
    await assert.rejects(ledger.commit(APPID, 'returnGift', back), refusal('invalidUserCardStatus', 'EXPIRE'))
  }
  await assertExpired()
  await expiry().findDue(APPID, late)
  assert.deepEqual(expired(), once(['000000000001']))
  await assertExpired()
})

test('a code that gets another number in the same moment is found under that one, and hinders nobody', async (t) => {
  const { commit, expiry, goTo, expired, ledger } = await openShop(t)
  const face = aFace({ base_info: { ...TERM.base_info, use_custom_code: true } })
  await commit(newCard('p_custom', { face }))
  const custom = { command: 'receiveCode', request: { card_id: 'p_custom', openid: 'a', code: 'A', fresh_codes: [] } }
  await commit(custom as Asked, receive('p_term', 'b', '000000000001'))
  const late = await goTo(NOW + 9 * DAY_S)
  /** The merchant's change comes between the look and what is told. */
  const overtaken: Ledger = {
    ...ledger,
    async commit(appid, command, request, once) {
      const known = command === 'expireCodes' && !expired().has('B')
      if (known) {
        const change = { card_id: 'p_custom', code: 'A', new_code: 'B' }
        await ledger.commit(appid, 'updateCode', change).catch(() => undefined)
      }
      return ledger.commit(appid, command, request, once)
    },
  }
  await expiry(overtaken).findDue(APPID, late)
  assert.deepEqual(expired(), once(['000000000001', 'B']))
})
