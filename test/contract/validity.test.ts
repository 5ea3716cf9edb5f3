import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, lookUp, newOpenid } from '../support/acts.ts'
import { connect, type Client } from '../support/client.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { DAY_S, next, startOfDay, written } from '../support/shanghai.ts'

/** The machine stands in another country than the merchant's customers: their days count. */
const server = await startServer({ TZ: 'America/New_York' })
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server, '--sandbox'))

const term = (fixed_term: number, fixed_begin_term = 0, more: object = {}): object => ({
  date_info: { type: 'DATE_TYPE_FIX_TERM', fixed_term, fixed_begin_term, ...more },
})

/** What the merchant's clock shows. */
const clock = async (at: Client = client): Promise<number> =>
  Number((await at.ok('/sandbox/clock', { advance: 0 }))['now'])

/** Moves the clock to the next such moment in Shanghai, and returns it. */
async function moveTo(day: string, time: string): Promise<number> {
  const at = next(await clock(), day, time)
  await client.ok('/sandbox/clock', { now: at })
  return at
}

interface Received {
  code: string
  begin_time: number
  end_time: number
}

async function receiveOf(card_id: string, at: Client = client): Promise<Received> {
  const { code, begin_time, end_time } = await at.ok('/wallet/receive', { card_id, openid: newOpenid() })
  return { code: String(code), begin_time: Number(begin_time), end_time: Number(end_time) }
}

const daysOf = ({ begin_time, end_time }: Received): [string, string] => [
  written(begin_time).slice(5),
  written(end_time).slice(5),
]

async function stateOf(code: string): Promise<[unknown, unknown]> {
  const { user_card_status, can_consume } = await lookUp(client, code)
  return [user_card_status, can_consume]
}

test('90 days received on 28 June last to the end of 25 September', async () => {
  const card_id = await createCard(client, 'GROUPON', term(90))
  await moveTo('06-28', '19:05:53')
  assert.deepEqual(daysOf(await receiveOf(card_id)), ['06-28 00:00:00', '09-25 23:59:59'])
})

test('90 days received on 1 October last to the end of 29 December', async () => {
  const card_id = await createCard(client, 'GROUPON', term(90))
  await moveTo('10-01', '12:00:00')
  assert.deepEqual(daysOf(await receiveOf(card_id)), ['10-01 00:00:00', '12-29 23:59:59'])
})

test('the first and the last second of a day belong to it', async () => {
  const card_id = await createCard(client, 'GROUPON', term(1))
  await moveTo('11-11', '00:00:00')
  assert.deepEqual(daysOf(await receiveOf(card_id)), ['11-11 00:00:00', '11-11 23:59:59'])
  await moveTo('11-11', '23:59:30')
  assert.deepEqual(daysOf(await receiveOf(card_id)), ['11-11 00:00:00', '11-11 23:59:59'])
})

test('a term that begins some days after receipt is that many days later, and as long', async () => {
  const card_id = await createCard(client, 'GROUPON', term(15, 1))
  const at = await moveTo('12-24', '08:30:00')
  const received = await receiveOf(card_id)
  assert.deepEqual(daysOf(received), ['12-25 00:00:00', '01-08 23:59:59'])
  assert.equal(received.begin_time, startOfDay(at) + DAY_S)
  assert.equal(received.end_time, received.begin_time + 15 * DAY_S - 1)
})

test('a term of 0 days is the day it begins', async () => {
  const today = await createCard(client, 'GROUPON', term(0))
  const tomorrow = await createCard(client, 'GROUPON', term(0, 1))
  await moveTo('02-14', '20:00:00')
  assert.deepEqual(daysOf(await receiveOf(today)), ['02-14 00:00:00', '02-14 23:59:59'])
  assert.deepEqual(daysOf(await receiveOf(tomorrow)), ['02-15 00:00:00', '02-15 23:59:59'])
})

test('a term may have a last second for all', async () => {
  const now = await clock()
  const end_timestamp = now + 5 * DAY_S
  const card_id = await createCard(client, 'GROUPON', term(30, 0, { end_timestamp }))
  assert.equal((await receiveOf(card_id)).end_time, end_timestamp)
  const shorter = await createCard(client, 'GROUPON', term(2, 0, { end_timestamp }))
  assert.equal((await receiveOf(shorter)).end_time, startOfDay(now) + 2 * DAY_S - 1)
})

test('a fixed range is copied to the second', async () => {
  const now = await clock()
  const [begin_timestamp, end_timestamp] = [now - 12_345, now + 543_210]
  const date_info = { type: 'DATE_TYPE_FIX_TIME_RANGE', begin_timestamp, end_timestamp }
  const { begin_time, end_time } = await receiveOf(await createCard(client, 'GROUPON', { date_info }))
  assert.deepEqual({ begin_time, end_time }, { begin_time: begin_timestamp, end_time: end_timestamp })
})

test('a member card for ever is valid from its receipt on, and years later', async () => {
  const date_info = { type: 'DATE_TYPE_PERMANENT' }
  const card_id = await createCard(client, 'MEMBER_CARD', { date_info })
  const { code, begin_time, end_time } = await receiveOf(card_id)
  assert.ok((await clock()) - begin_time <= 5)
  assert.equal(end_time, 0)
  await client.ok('/sandbox/clock', { advance: 3 * 365 * DAY_S })
  assert.deepEqual(await stateOf(code), ['NORMAL', true])
})

test('a code counts in its last second, and one second later it is EXPIRE', async () => {
  const { code, end_time } = await receiveOf(await createCard(client, 'GROUPON', term(1)))
  // The merchant's clock runs on while the test does, so its last seconds are asked for early.
  await client.ok('/sandbox/clock', { now: end_time - 30 })
  assert.deepEqual(await stateOf(code), ['NORMAL', true])
  await client.ok('/sandbox/clock', { now: end_time + 1 })
  assert.deepEqual(await stateOf(code), ['EXPIRE', false])
})

test('a code that is not valid yet becomes so by itself in its first second', async () => {
  const { code, begin_time } = await receiveOf(await createCard(client, 'GROUPON', term(2, 2)))
  await client.ok('/sandbox/clock', { now: begin_time - 30 })
  assert.deepEqual(await stateOf(code), ['NORMAL', false])
  await client.ok('/sandbox/clock', { now: begin_time })
  assert.deepEqual(await stateOf(code), ['NORMAL', true])
})

test('the fixed range of a card ends all its codes together', async () => {
  const now = await clock()
  const date_info = { type: 'DATE_TYPE_FIX_TIME_RANGE', begin_timestamp: now, end_timestamp: now + 1000 }
  const card_id = await createCard(client, 'GROUPON', { date_info })
  const codes = [await receiveOf(card_id), await receiveOf(card_id)]
  await client.ok('/sandbox/clock', { now: now + 1001 })
  for (const { code } of codes) assert.deepEqual(await stateOf(code), ['EXPIRE', false])
})

test('TIME_ZONE says whose days count, and a day of 23 or 25 hours counts as one', async () => {
  const abroad = await startServer({ TIME_ZONE: 'America/New_York' })
  try {
    const theirs = await connect(abroad.url, await makeMerchant(abroad, '--sandbox'))
    const card_id = await createCard(theirs, 'GROUPON', term(365))
    const now = await clock(theirs)
    const { begin_time, end_time } = await receiveOf(card_id, theirs)
    assert.match(timeInNewYork(begin_time), /^00:00:00$/)
    assert.match(timeInNewYork(end_time), /^23:59:59$/)
    assert.ok(begin_time <= now && now - begin_time < 25 * 3600)

    const summer = Date.parse(`${new Date(now * 1000).getUTCFullYear() + 1}-07-01T12:00:00-04:00`) / 1000
    await theirs.ok('/sandbox/clock', { now: summer })
    const half = await receiveOf(await createCard(theirs, 'GROUPON', term(183)), theirs)
    assert.deepEqual([timeInNewYork(half.begin_time), timeInNewYork(half.end_time)], ['00:00:00', '23:59:59'])
    assert.equal(half.end_time + 1 - half.begin_time, 183 * DAY_S + 3600)
  } finally {
    await abroad.stop()
  }
})

const timeInNewYork = (at: number): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'America/New_York', timeStyle: 'medium' }).format(at * 1000)
