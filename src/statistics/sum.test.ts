import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { newCard, newMerchant, receive, view } from '../../test/support/ask.ts'
import { newDataDir, told, waiting } from '../../test/support/data.ts'
import { aFace, APPID, CALENDAR, NOW, term } from '../../test/support/given.ts'
import type { Asked } from '../../test/support/random-commands.ts'
import { DAY_S } from '../clock.ts'
import { ALL_CARDS, MEMBER_CARDS } from '../domain/statistics.ts'
import { commitBatch } from '../ledger/batch.ts'
import { openStore, openStoreForWriting } from '../store/open.ts'
import { sumUp } from '../../test/support/sum-up.ts'
import { Counting } from './sum.ts'

const TODAY = CALENDAR.dayOf(NOW)

/** A store with a coupon and a member card of three days, and what its days say. */
async function openShop(t: TestContext) {
  const data_dir = newDataDir()
  const writer = openStoreForWriting(data_dir)
  const store = await openStore({ data_dir })
  t.after(async () => {
    store.close()
    await writer.close()
  })
  const commit = (now: number, ...asked: Asked[]): void => {
    const outcomes = commitBatch(waiting(asked), { writer, calendar: CALENDAR, now: () => now })
    assert.deepEqual(new Set(outcomes.map(told)), new Set(['ok']))
  }
  const face = aFace({ card_type: 'MEMBER_CARD', base_info: { date_info: term(3) } })
  commit(NOW - DAY_S, newMerchant(), newCard('p_card'), newCard('p_member', { face }))
  const days = Array.from({ length: 20 }, (_, place) => TODAY + place)
  const sum = (most = 1000): boolean => sumUp(writer, APPID, CALENDAR, most)
  return {
    commit,
    begin: () => new Counting(writer, APPID, CALENDAR),
    sum,
    sumAll: (): void => {
      while (sum());
    },
    rowsOf: (scope: number) => store.days(APPID, days, { scope }),
  }
}

const expire = (...codes: string[]): Asked => ({
  command: 'expireCodes',
  request: { codes: codes.map((code) => ({ code, card_id: 'p_member' })) },
})

test('facts are counted a few at a time, and there is an end to it', async (t) => {
  const { commit, sum, sumAll, rowsOf } = await openShop(t)
  commit(NOW, ...['a', 'b', 'a', 'c', 'b'].map((openid) => view('p_card', openid)))
  sumAll()
  const [row] = await rowsOf(ALL_CARDS.api)
  assert.deepEqual([row?.sums.view_cnt, row?.sums.view_user], [5, 3])

  commit(NOW + 1, view('p_card', 'a'), view('p_card', 'd'))
  assert.equal(sum(1), true)
  const half = await rowsOf(ALL_CARDS.api)
  assert.deepEqual([half[0]?.sums.view_cnt, half[0]?.sums.view_user], [6, 3])
  assert.equal(sum(1), true)
  assert.equal(sum(1), false, 'all is counted')
  assert.equal(sum(1), false)
  const whole = await rowsOf(ALL_CARDS.api)
  assert.deepEqual([whole[0]?.sums.view_cnt, whole[0]?.sums.view_user], [7, 4])
})

test('counting ends with the facts that were there when it began, however many come meanwhile', async (t) => {
  const { commit, begin, sumAll, rowsOf } = await openShop(t)
  commit(NOW, ...['a', 'b', 'c'].map((openid) => view('p_card', openid)))
  const counting = begin()
  assert.equal(counting.look(2), true)
  commit(NOW, view('p_card', 'd'))
  while (counting.look(2)) commit(NOW, view('p_card', 'e'))
  counting.count()
  assert.equal((await rowsOf(ALL_CARDS.api))[0]?.sums.view_cnt, 3)
  assert.equal(counting.look(2), false)
  sumAll()
  assert.ok((await rowsOf(ALL_CARDS.api))[0]!.sums.view_cnt > 4)
})

test('of two who look at the same facts one counts them', async (t) => {
  const { commit, begin, rowsOf } = await openShop(t)
  commit(NOW, view('p_card', 'a'), view('p_card', 'b'))
  const [one, other] = [begin(), begin()]
  for (const counting of [one, other]) while (counting.look(10));
  one.count()
  other.count()
  assert.equal((await rowsOf(ALL_CARDS.api))[0]?.sums.view_cnt, 2)
  assert.equal(other.look(10), false)
})

test('an expiry that is found weeks late corrects its own day, which was summed up long ago, and the totals after it', async (t) => {
  const shop = await openShop(t)
  shop.commit(NOW, receive('p_member', 'a', '000000000001'), receive('p_member', 'b', '000000000002'))
  shop.sumAll()
  for (const later of [3, 5, 15]) shop.commit(NOW + later * DAY_S, view('p_member', 'a'))
  shop.sumAll()
  const told = async () =>
    (await shop.rowsOf(MEMBER_CARDS.api)).map(({ day, sums }) => [
      day - TODAY,
      sums.view_cnt,
      sums.expire_cnt,
      sums.total_user,
      sums.total_receive_user,
    ])
  assert.deepEqual(await told(), [
    [0, 0, 0, 2, 2],
    [3, 1, 0, 2, 2],
    [5, 1, 0, 2, 2],
    [15, 1, 0, 2, 2],
  ])
  shop.commit(NOW + 16 * DAY_S, expire('000000000001', '000000000002'))
  shop.sumAll()
  assert.deepEqual(await told(), [
    [0, 0, 0, 2, 2],
    [3, 1, 2, 0, 2],
    [5, 1, 0, 0, 2],
    [15, 1, 0, 0, 2],
  ])
})

test('expiries on a day on which nothing else happened have a row of their own', async (t) => {
  const shop = await openShop(t)
  shop.commit(NOW, receive('p_member', 'a', '000000000001'))
  shop.commit(NOW + 9 * DAY_S, view('p_member', 'b'))
  shop.sumAll()
  shop.commit(NOW + 9 * DAY_S, expire('000000000001'))
  shop.sumAll()
  assert.deepEqual(
    (await shop.rowsOf(MEMBER_CARDS.api)).map(({ day, sums }) => [day - TODAY, sums.expire_cnt, sums.total_user]),
    [
      [0, 0, 1],
      [3, 1, 0],
      [9, 0, 0],
    ],
  )
})

test('a holder of two cards is a member for as long as one of them lasts, in whatever order their ends are found', async (t) => {
  for (const order of [
    ['000000000001', '000000000002'],
    ['000000000002', '000000000001'],
  ]) {
    const shop = await openShop(t)
    shop.commit(NOW, receive('p_member', 'a', '000000000001'))
    shop.commit(NOW + 2 * DAY_S, receive('p_member', 'a', '000000000002'))
    shop.sumAll()
    for (const code of order) {
      shop.commit(NOW + 9 * DAY_S, expire(code))
      shop.sumAll()
    }
    assert.deepEqual(
      (await shop.rowsOf(MEMBER_CARDS.api)).map(({ day, sums }) => [day - TODAY, sums.expire_cnt, sums.total_user]),
      [
        [0, 0, 1],
        [2, 0, 1],
        [3, 1, 1],
        [5, 1, 0],
      ],
      `found in the order ${order.join(', ')}`,
    )
  }
})
