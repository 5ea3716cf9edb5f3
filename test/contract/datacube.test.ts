import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, receive } from '../support/acts.ts'
import { connect, type Answer } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { DAY_S } from '../support/shanghai.ts'
import { assertClean } from '../support/verify.ts'

const server = await startServer()
after(() => server.stop())
const merchant = await makeMerchant(server, '--sandbox')
const client = await connect(server.url, merchant)

/** The day that a second falls in, in Shanghai. */
const dateOf = (at: number): string => new Date((at + 8 * 3600) * 1000).toISOString().slice(0, 10)

const now = async (): Promise<number> => Number((await client.ok('/sandbox/clock', { advance: 0 }))['now'])

/** To the first second of the next day, so that a test has days of its own. */
async function nextDay(): Promise<string> {
  const at = await now()
  const start = Math.floor((at + 8 * 3600) / DAY_S + 1) * DAY_S - 8 * 3600
  await client.ok('/sandbox/clock', { now: start })
  return dateOf(start)
}

type Row = Record<string, number | string>

async function report(name: string, begin_date: string, end_date: string, more: object = {}): Promise<Row[]> {
  const answer = (await client.post(`/datacube/${name}`, {
    begin_date,
    end_date,
    cond_source: 1,
    ...more,
  })) as Answer & {
    list: Row[]
  }
  assert.deepEqual(Object.keys(answer), ['list'], JSON.stringify(answer))
  return answer.list
}

const ZEROS = {
  view_cnt: 0,
  view_user: 0,
  receive_cnt: 0,
  receive_user: 0,
  verify_cnt: 0,
  verify_user: 0,
  given_cnt: 0,
  given_user: 0,
  expire_cnt: 0,
  expire_user: 0,
}

const NO_FRIENDS = {
  view_friends_cnt: 0,
  view_friends_user: 0,
  receive_friends_cnt: 0,
  receive_friends_user: 0,
  verify_friends_cnt: 0,
  verify_friends_user: 0,
}

const view = (card_id: string, openid: string) => client.ok('/wallet/view', { card_id, openid })

test('what happened today is counted, each person once', async () => {
  const today = await nextDay()
  const card_id = await createCard(client, 'CASH')
  for (const openid of ['a', 'a', 'b']) await view(card_id, openid)
  const codes = [
    await receive(client, card_id, 'a'),
    await receive(client, card_id, 'a'),
    await receive(client, card_id, 'b'),
  ]
  await client.ok('/card/code/consume', { code: codes[0] })
  const { gift_ticket } = await client.ok('/wallet/gift', { code: codes[1], openid: 'a' })
  await client.ok('/wallet/gift/accept', { gift_ticket, openid: 'c' })

  const counted = {
    ...ZEROS,
    view_cnt: 3,
    view_user: 2,
    receive_cnt: 3,
    receive_user: 2,
    verify_cnt: 1,
    verify_user: 1,
    given_cnt: 1,
    given_user: 1,
  }
  assert.deepEqual(await report('getcardbizuininfo', today, today), [{ ref_date: today, ...counted, ...NO_FRIENDS }])
  assert.deepEqual(await report('getcardcardinfo', today, today, { card_id }), [
    {
      ref_date: today,
      card_id,
      card_type: 1,
      is_pay: 0,
      ...counted,
      verify_noself_cnt: 0,
      verify_noself_user: 0,
      isfriendscard: 0,
    },
  ])
  assert.deepEqual(await report('getcardmembercardinfo', today, today), [])
  assert.deepEqual(await report('getcardbizuininfo', today, today, { cond_source: 0 }), [], 'none is of the console')
})

test('a person who comes on two days is counted on both, and days on which nothing happens are not listed', async () => {
  const first = await nextDay()
  const card_id = await createCard(client)
  await view(card_id, 'again')
  await nextDay()
  const third = await nextDay()
  await view(card_id, 'again')
  const rows = await report('getcardbizuininfo', first, third)
  assert.deepEqual(
    rows.map(({ ref_date, view_cnt, view_user }) => [ref_date, view_cnt, view_user]),
    [
      [first, 1, 1],
      [third, 1, 1],
    ],
  )
})

test('a code that expires is counted on the day after its last, though nobody asked for weeks', async () => {
  await nextDay()
  const begin = await now()
  const term = await createCard(client, 'GROUPON', {
    date_info: { type: 'DATE_TYPE_FIX_TERM', fixed_term: 3, fixed_begin_term: 0 },
  })
  const range = await createCard(client, 'GIFT', {
    date_info: { type: 'DATE_TYPE_FIX_TIME_RANGE', begin_timestamp: begin, end_timestamp: begin + 5 * DAY_S + 7 },
  })
  await receive(client, term, 'a')
  await receive(client, term, 'b')
  const used = await receive(client, range, 'a')
  await client.ok('/card/code/consume', { code: used })
  await receive(client, range, 'a')
  await receive(client, range, 'a')
  await client.ok('/sandbox/clock', { advance: 40 * DAY_S })
  const rows = await report('getcardcardinfo', dateOf(begin), dateOf(begin + 40 * DAY_S))
  const expired = rows.filter(({ card_id, expire_cnt }) => [term, range].includes(String(card_id)) && expire_cnt !== 0)
  assert.deepEqual(
    expired.map(({ ref_date, card_id, card_type, expire_cnt, expire_user }) => [
      ref_date,
      card_id,
      card_type,
      expire_cnt,
      expire_user,
    ]),
    [
      [dateOf(begin + 3 * DAY_S), term, 4, 2, 2],
      [dateOf(begin + 5 * DAY_S), range, 2, 2, 1],
    ],
  )
})

test('members are counted when they activate, and how many there are at the end of each day', async () => {
  const first = await nextDay()
  const card_id = await createCard(client, 'MEMBER_CARD', { date_info: { type: 'DATE_TYPE_PERMANENT' } })
  const codes = await Promise.all(['m1', 'm2', 'm3'].map((openid) => receive(client, card_id, openid)))
  for (const code of codes.slice(0, 2)) {
    await client.ok('/card/membercard/activate', { code, membership_number: `no-${code}`, init_bonus: 100 })
  }
  const second = await nextDay()
  await client.ok('/wallet/delete', { code: codes[2], openid: 'm3' })
  await view(card_id, 'm1')
  const third = await nextDay()
  await client.ok('/wallet/restore', { card_id, openid: 'm3' })
  await view(card_id, 'm1')
  const rows = await report('getcardmembercardinfo', first, third)
  assert.deepEqual(
    rows.map(({ ref_date, receive_user, active_user, total_user, total_receive_user }) => [
      ref_date,
      receive_user,
      active_user,
      total_user,
      total_receive_user,
    ]),
    [
      [first, 3, 2, 3, 3],
      [second, 0, 0, 2, 3],
      [third, 0, 0, 3, 3],
    ],
  )
  const inSecond = await report('getcardcardinfo', first, third)
  assert.ok(!inSecond.some((row) => row['card_id'] === card_id), 'member cards have a report of their own')
})

test('a day on which nothing but the number of members changes is listed, and a day on which nothing happens is not', async () => {
  const first = await nextDay()
  const card_id = await createCard(client, 'MEMBER_CARD', { date_info: { type: 'DATE_TYPE_PERMANENT' } })
  const codes = await Promise.all(['q1', 'q2', 'q3'].map((openid) => receive(client, card_id, openid)))
  const second = await nextDay()
  await client.ok('/card/code/unavailable', { code: codes[0] })
  await nextDay()
  const fourth = await nextDay()
  await client.ok('/wallet/delete', { code: codes[1], openid: 'q2' })
  const fifth = await nextDay()
  await client.ok('/wallet/restore', { card_id, openid: 'q2' })
  await nextDay()
  const [before, ...rows] = await report('getcardmembercardinfo', first, dateOf(await now()))
  const { total_user, total_receive_user } = before as { total_user: number; total_receive_user: number }
  const NOTHING = { view_cnt: 0, view_user: 0, receive_cnt: 0, receive_user: 0, active_user: 0 }
  const quiet = { ...NOTHING, verify_cnt: 0, verify_user: 0, total_receive_user }
  assert.deepEqual(rows, [
    { ...quiet, ref_date: second, total_user: total_user - 1 },
    { ...quiet, ref_date: fourth, total_user: total_user - 2 },
    { ...quiet, ref_date: fifth, total_user: total_user - 1 },
  ])
})

test('dates are written like 2015-06-15 and stand in the calendar: else 61500', async () => {
  for (const begin_date of [
    '2015-6-15',
    '2015/06/15',
    '20150615',
    '2015-02-30',
    '2015-13-01',
    '',
    null,
    20_150_615,
    undefined,
  ]) {
    const answer = await client.post('/datacube/getcardbizuininfo', {
      begin_date,
      end_date: '2015-06-30',
      cond_source: 1,
    })
    assertRefused(answer, 61500)
  }
})

test('62 days are the most, both ends included, none of them to come, and in their order: else 61501', async () => {
  const ask = (begin_date: string, end_date: string) =>
    client.post('/datacube/getcardbizuininfo', { begin_date, end_date, cond_source: 1 })
  assert.deepEqual(await ask('2015-05-01', '2015-07-01'), { list: [] })
  for (const [begin, end] of [
    ['2015-05-01', '2015-07-02'],
    ['2015-06-16', '2015-06-15'],
    [dateOf(await now()), dateOf((await now()) + DAY_S)],
  ] as const) {
    assertRefused(await ask(begin, end), 61501)
  }
})

test('cond_source is required, and 0 or 1', async () => {
  const period = { begin_date: '2015-06-15', end_date: '2015-06-15' }
  assertRefused(await client.post('/datacube/getcardbizuininfo', period), 41011)
  assertRefused(await client.post('/datacube/getcardbizuininfo', { ...period, cond_source: 2 }), 40097)
  assert.deepEqual(await client.post('/datacube/getcardbizuininfo', { ...period, cond_source: '1' }), { list: [] })
})

test('after all that, the facts and the tables agree', () => assertClean(server))
