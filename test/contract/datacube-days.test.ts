import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openCalendar } from '../../src/clock.ts'
import { createCard, lookUp, receive } from '../support/acts.ts'
import { together } from '../support/answers.ts'
import { newCard, receive as receiveCode, view as viewCard } from '../support/ask.ts'
import { connect, type Client } from '../support/client.ts'
import { openCommitting, told, waiting } from '../support/data.ts'
import { placeOf, sqlIn } from '../support/place.ts'
import { aFace, RANGE } from '../support/given.ts'
import { advance, take } from '../support/hand.ts'
import { actAt, startOf } from '../support/midnight.ts'
import { dateIn } from '../support/recount.ts'
import { assertRefused } from '../support/refused.ts'
import { columns, report } from '../support/report.ts'
import { makeMerchant, startServer, type TestServer } from '../support/server.ts'
import { assertClean } from '../support/verify.ts'

/** Which day things are counted on, wherever the merchant is and whenever they are found. */

const DAY_S = 86_400
const HOUR_S = 3600

async function openShop(t: TestContext, TIME_ZONE = 'Asia/Shanghai'): Promise<{ server: TestServer; client: Client }> {
  const server = await startServer({ TIME_ZONE })
  t.after(() => server.stop())
  return { server, client: await connect(server.url, await makeMerchant(server, '--sandbox')) }
}

const view = (client: Client, card_id: string, openid = 'a') => client.ok('/wallet/view', { card_id, openid })

const LONG_RANGE = { date_info: { type: 'DATE_TYPE_FIX_TIME_RANGE', begin_timestamp: 1, end_timestamp: 2_000_000_000 } }
const term = (fixed_term: number) => ({
  date_info: { type: 'DATE_TYPE_FIX_TERM', fixed_term, fixed_begin_term: 0 },
})
const PERMANENT = { date_info: { type: 'DATE_TYPE_PERMANENT' } }

/** Years from now, so that every clock goes forward to them. */
const DAYS: Record<string, { day: string; next: string; hours: number }[]> = {
  'Asia/Shanghai': [
    { day: '2028-02-28', next: '2028-02-29', hours: 24 },
    { day: '2028-12-31', next: '2029-01-01', hours: 24 },
  ],
  'Pacific/Kiritimati': [{ day: '2028-12-31', next: '2029-01-01', hours: 24 }],
  'America/Los_Angeles': [
    { day: '2028-02-28', next: '2028-02-29', hours: 24 },
    { day: '2028-03-12', next: '2028-03-13', hours: 23 },
    { day: '2028-11-05', next: '2028-11-06', hours: 25 },
  ],
}

for (const [zone, days] of Object.entries(DAYS)) {
  test(`in ${zone} a day ends at the midnight of its merchants`, async (t) => {
    const { server, client } = await openShop(t, zone)
    const card_id = await createCard(client, 'GROUPON', LONG_RANGE)
    const ofOneDay = await createCard(client, 'CASH', term(1))
    for (const { day, next, hours } of days) {
      const [begin, midnight] = [startOf(day, zone), startOf(next, zone)]
      assert.equal(midnight - begin, hours * HOUR_S)
      let code = ''
      await actAt(client, begin, () => view(client, card_id))
      await actAt(client, begin + 1, async () => (code = await receive(client, ofOneDay, 'a')))
      const { card } = await lookUp(client, code)
      const { begin_time, end_time } = card as { begin_time: number; end_time: number }
      assert.deepEqual([begin_time, end_time], [begin, midnight - 1])

      await actAt(client, midnight - 1, async () => {
        await view(client, card_id)
        await client.ok('/wallet/view', { card_id, openid: 'b' })
        const names = ['view_cnt', 'view_user', 'receive_cnt', 'expire_cnt']
        assert.deepEqual(columns(await report(client, 'getcardbizuininfo', day, day), ...names), [[3, 2, 1, 0]])
        const period = { begin_date: next, end_date: next, cond_source: 1 }
        assertRefused(await client.post('/datacube/getcardbizuininfo', period), 61501)
      })
      await actAt(client, midnight, () => view(client, card_id))
      const names = ['ref_date', 'view_cnt', 'view_user', 'expire_cnt', 'expire_user']
      assert.deepEqual(columns(await report(client, 'getcardbizuininfo', day, next), ...names), [
        [day, 3, 2, 0, 0],
        [next, 1, 1, 1, 1],
      ])
    }
    await assertClean(server)
  })
}

test('days that were reported before are corrected when codes are found that expired on them', async (t) => {
  const { server, client } = await openShop(t)
  const dateOf = dateIn('Asia/Shanghai')
  const card_id = await createCard(client, 'MEMBER_CARD', { ...term(3), get_limit: 3 })
  const lasting = await createCard(client, 'MEMBER_CARD', PERMANENT)
  const begin = await advance(client, 0)
  await Promise.all(['a', 'b', 'c'].map((openid) => receive(client, card_id, openid)))
  await receive(client, lasting, 'c')
  const first = dateOf(begin)
  const names = ['ref_date', 'receive_user', 'total_user', 'total_receive_user']
  const before = await report(client, 'getcardmembercardinfo', first, first)
  assert.deepEqual(columns(before, ...names), [[first, 3, 3, 3]])

  const weeks = await advance(client, 40 * DAY_S)
  await view(client, lasting)
  const expiry = dateOf(begin + 3 * DAY_S)
  assert.deepEqual(columns(await report(client, 'getcardmembercardinfo', first, dateOf(weeks)), ...names), [
    [first, 3, 3, 3],
    [expiry, 0, 1, 3],
    [dateOf(weeks), 0, 1, 3],
  ])
  const [ofExpiry] = await report(client, 'getcardbizuininfo', expiry, expiry)
  assert.deepEqual([ofExpiry?.['expire_cnt'], ofExpiry?.['expire_user']], [3, 3])
  await assertClean(server)
})

test('a member whose card expired is none until there is a new one, though the expiry is found after that', async (t) => {
  const { client } = await openShop(t)
  const dateOf = dateIn('Asia/Shanghai')
  const card_id = await createCard(client, 'MEMBER_CARD', { ...term(2), get_limit: 3 })
  const begin = await advance(client, 0)
  await receive(client, card_id, 'a')
  const end = await advance(client, 10 * DAY_S)
  await receive(client, card_id, 'a')
  const rows = await report(client, 'getcardmembercardinfo', dateOf(begin), dateOf(end))
  assert.deepEqual(columns(rows, 'ref_date', 'total_user'), [
    [dateOf(begin), 1],
    [dateOf(begin + 2 * DAY_S), 0],
    [dateOf(end), 1],
  ])
})

async function postTo(url: string, { access_token }: Client, path: string, body: unknown) {
  const response = await fetch(`${url}${path}?access_token=${access_token}`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  return (await response.json()) as Awaited<ReturnType<Client['post']>>
}

test('two servers on the same data, both asked at once while both are at work, count everything once', async (t) => {
  const { server, client } = await openShop(t)
  const second = await startServer({ DATA_DIR: server.data_dir })
  t.after(() => second.stop())
  const beside = { ...client, post: (path: string, body: unknown) => postTo(second.url, client, path, body) }
  const dateOf = dateIn('Asia/Shanghai')
  const card_id = await createCard(client, 'GROUPON', { ...term(1), sku: { quantity: 1000 } })
  const begin = await advance(client, 0)
  const today = dateOf(begin)
  await Promise.all([
    together(300, (place) => take(client, card_id, `o-${place % 100}`)),
    together(100, () => view(client, card_id)),
    ...[client, beside, client, beside].map((asking) => report(asking, 'getcardbizuininfo', today, today)),
  ])
  const end = dateOf(await advance(client, 3 * DAY_S))
  // The other server hears of the clock a moment later.
  const period = { begin_date: today, end_date: end, cond_source: 1 }
  while ((await beside.post('/datacube/getcardbizuininfo', period)).errcode === 61501) await pause(50)
  const both = await together(8, (place) => report(place % 2 === 0 ? client : beside, 'getcardbizuininfo', today, end))
  const names = ['ref_date', 'view_cnt', 'view_user', 'receive_cnt', 'receive_user', 'expire_cnt', 'expire_user']
  for (const rows of both) {
    assert.deepEqual(columns(rows, ...names), [
      [today, 100, 1, 300, 100, 0, 0],
      [dateOf(begin + DAY_S), 0, 0, 0, 0, 300, 100],
    ])
  }
  await assertClean(server)
})

test('a server that is killed while it sums up a large backlog counts each fact once when it is back', async (t) => {
  const FACTS = 40_000
  const HOLDERS = 500
  const BATCH = 200
  let server = await startServer()
  t.after(() => server.kill())
  const merchant = await makeMerchant(server)
  await server.stop()
  const today = Math.floor(Date.now() / 1000)
  const dateOf = dateIn('Asia/Shanghai')

  const committing = await openCommitting(await placeOf(server.data_dir))
  const calendar = openCalendar('Asia/Shanghai')
  const commit = (at: number, asked: Parameters<typeof waiting>[0]) =>
    committing.commit(waiting(asked.map((one) => ({ ...one, appid: merchant.appid }))), { calendar, now: () => at })
  const expected = new Map<string, { views: number; holders: Set<string>; receipts: number }>()
  const face = aFace({ base_info: { date_info: { ...RANGE, begin_timestamp: 1, end_timestamp: 2_000_000_000 } } })
  const made = await commit(today - 9 * DAY_S, [newCard('p_card', { quantity: FACTS, face })])
  assert.deepEqual(made.map(told), ['ok'])
  const batches = Array.from({ length: FACTS / BATCH }, (_, place) => place * BATCH)
  for (const first of batches) {
    const at = today - (9 - Math.floor((10 * first) / FACTS)) * DAY_S
    const ofDay = expected.get(dateOf(at)) ?? { views: 0, holders: new Set<string>(), receipts: 0 }
    expected.set(dateOf(at), ofDay)
    const batch = Array.from({ length: BATCH }, (_, place) => {
      const fact = first + place
      if (fact % 40 === 0) {
        ofDay.receipts++
        return receiveCode('p_card', `r-${fact}`, String(fact).padStart(12, '0'))
      }
      const openid = `o-${(fact * 7) % HOLDERS}`
      ofDay.views++
      ofDay.holders.add(openid)
      return viewCard('p_card', openid)
    })
    for (const outcome of await commit(at, batch)) assert.equal(told(outcome), 'ok')
  }
  await committing.close()

  const reached = async (): Promise<number> => {
    const [row] = await sqlIn(server.data_dir, "select max(reached) as reached from progress where job = 'statistics'")
    return Number((row as { reached: number | string | null }).reached ?? 0)
  }
  let kills = 0
  for (const until of [2000, 17_000]) {
    server = await startServer({ DATA_DIR: server.data_dir })
    const client = await connect(server.url, merchant)
    const asked = report(client, 'getcardbizuininfo', dateOf(today), dateOf(today)).catch(() => undefined)
    while ((await reached()) < until) await pause(1)
    await server.kill()
    await asked
    t.diagnostic(`killed after ${await reached()} of ${FACTS} facts`)
    if ((await reached()) < FACTS) kills++
  }
  assert.equal(kills, 2, 'it was at work when it was killed')

  server = await startServer({ DATA_DIR: server.data_dir })
  const client = await connect(server.url, merchant)
  const rows = await report(client, 'getcardbizuininfo', dateOf(today - 9 * DAY_S), dateOf(today))
  assert.deepEqual(
    columns(rows, 'ref_date', 'view_cnt', 'view_user', 'receive_cnt', 'receive_user'),
    [...expected].map(([date, { views, holders, receipts }]) => [date, views, holders.size, receipts, receipts]),
  )
  await assertClean(server)
})
