import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { createCard, newOpenid, receive } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { DAY_S } from '../support/shanghai.ts'

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server, '--sandbox'))

const term = (fixed_term: number, fixed_begin_term = 0): object => ({
  date_info: { type: 'DATE_TYPE_FIX_TERM', fixed_term, fixed_begin_term },
})

const getCode = (body: object) => client.post('/card/code/get', body)

const card_id = await createCard(client)
const custom_card_id = await createCard(client, 'GROUPON', { use_custom_code: true })

test('a code that was received is NORMAL and can be consumed', async () => {
  const openid = newOpenid()
  const { code, begin_time, end_time } = await client.ok('/wallet/receive', { card_id, openid })
  for (const check_consume of [true, false, undefined]) {
    assert.deepEqual(await getCode({ code, check_consume }), {
      errcode: 0,
      errmsg: 'ok',
      card: { card_id, begin_time, end_time, code },
      openid,
      can_consume: true,
      user_card_status: 'NORMAL',
    })
  }
})

test('times are numbers and can_consume is a boolean', async () => {
  const { card, can_consume } = await client.ok('/card/code/get', { code: await receive(client, card_id) })
  const { begin_time, end_time } = card as Record<string, unknown>
  assert.deepEqual([typeof begin_time, typeof end_time, typeof can_consume], ['number', 'number', 'boolean'])
})

test('the channel of a receipt is told in outer_str', async () => {
  const code = await receive(client, card_id, newOpenid(), { outer_str: '海报 1' })
  assert.equal((await client.ok('/card/code/get', { code }))['outer_str'], '海报 1')
})

test('a code that is not valid yet is NORMAL and can not be consumed', async () => {
  const code = await receive(client, await createCard(client, 'GROUPON', term(5, 3)))
  for (const check_consume of [true, false, undefined]) {
    const answer = await getCode({ code, check_consume })
    assert.equal(answer.errcode, 0)
    assert.equal(answer['user_card_status'], 'NORMAL')
    assert.equal(answer['can_consume'], false)
  }
})

test('a code whose holder has redeemed use_limit codes can not be consumed', async () => {
  const openid = newOpenid()
  const limited = await createCard(client, 'GROUPON', { use_limit: 1 })
  const [first, second] = [await receive(client, limited, openid), await receive(client, limited, openid)]
  await client.ok('/card/code/consume', { code: first })
  const { can_consume, user_card_status } = await client.ok('/card/code/get', { code: second, check_consume: false })
  assert.deepEqual({ can_consume, user_card_status }, { can_consume: false, user_card_status: 'NORMAL' })
})

/** How a code comes into each state in which nobody can use it; returns the code. */
const ABNORMAL: Record<string, () => Promise<string>> = {
  async CONSUMED() {
    const code = await receive(client, card_id)
    await client.ok('/card/code/consume', { code })
    return code
  },
  async UNAVAILABLE() {
    const code = await receive(client, card_id)
    await client.ok('/card/code/unavailable', { code })
    return code
  },
  async EXPIRE() {
    const code = await receive(client, await createCard(client, 'GROUPON', term(1)))
    await client.ok('/sandbox/clock', { advance: 2 * DAY_S })
    return code
  },
}

for (const [status, bringAbout] of Object.entries(ABNORMAL)) {
  suite(`a code that is ${status}`, async () => {
    const code = await bringAbout()

    for (const check_consume of [true, 'true', 1, undefined, null, '']) {
      test(`is 40127 where check_consume is ${JSON.stringify(check_consume)}`, async () => {
        assertRefused(await getCode({ code, check_consume }), 40127)
      })
    }
    for (const check_consume of [false, 'false', 0]) {
      test(`is told as it is where check_consume is ${JSON.stringify(check_consume)}`, async () => {
        const answer = await getCode({ code, check_consume })
        assert.equal(answer.errcode, 0, answer.errmsg)
        assert.equal(answer['user_card_status'], status)
        assert.equal(answer['can_consume'], false)
        assert.equal((answer['card'] as { code: string }).code, code)
      })
    }
  })
}

test('a code that nobody received is 40056, whatever check_consume says', async () => {
  for (const code of ['110201201245', '0', '中文', "' or 1=1 --", '%', '*']) {
    for (const check_consume of [true, false, undefined]) {
      assertRefused(await getCode({ code, check_consume }), 40056)
      assertRefused(await getCode({ code, card_id, check_consume }), 40056)
    }
  }
})

test('a generated code is found with its card_id and without; with the card_id of another card it is 40056', async () => {
  const code = await receive(client, card_id)
  for (const given of [card_id, undefined, null, '', []]) {
    assert.equal((await getCode({ code, card_id: given })).errcode, 0)
  }
  const other = await createCard(client)
  assertRefused(await getCode({ code, card_id: other }), 40056)
  assertRefused(await getCode({ code, card_id: 'pFS7Fjg8kV1IdDz01r4SQwMkuCKc' }), 40056)
})

test('a custom code is found only together with its card_id', async () => {
  const code = await receive(client, custom_card_id, newOpenid(), { code: 'SUMMER-0001' })
  assert.equal(code, 'SUMMER-0001')
  const { card, user_card_status } = await client.ok('/card/code/get', { code, card_id: custom_card_id })
  assert.equal((card as { card_id: string }).card_id, custom_card_id)
  assert.equal(user_card_status, 'NORMAL')
  for (const card_id of [undefined, null, '']) {
    assertRefused(await getCode({ code, card_id }), 40056)
  }
  assertRefused(await getCode({ code, card_id }), 40056)
})

test('two cards may give out the same custom code: the card_id tells which is meant', async () => {
  const other = await createCard(client, 'GROUPON', { use_custom_code: true })
  const [one, two] = [newOpenid(), newOpenid()]
  const code = await receive(client, custom_card_id, one, { code: 'TWICE' })
  await receive(client, other, two, { code })
  await client.ok('/card/code/consume', { code, card_id: other })

  const first = await client.ok('/card/code/get', { code, card_id: custom_card_id, check_consume: false })
  assert.deepEqual([first['openid'], first['user_card_status']], [one, 'NORMAL'])
  const second = await client.ok('/card/code/get', { code, card_id: other, check_consume: false })
  assert.deepEqual([second['openid'], second['user_card_status']], [two, 'CONSUMED'])
})

test('a custom code is told apart to the letter', async () => {
  await receive(client, custom_card_id, newOpenid(), { code: 'aB01' })
  for (const code of ['ab01', 'AB01', 'aB01 ', 'aB1']) {
    assertRefused(await getCode({ code, card_id: custom_card_id }), 40056)
  }
})

test('a code of another merchant is 40056', async () => {
  const code = await receive(client, card_id)
  const custom = await receive(client, custom_card_id, newOpenid(), { code: 'MINE' })
  const other = await connect(server.url, await makeMerchant(server))
  assertRefused(await other.post('/card/code/get', { code, check_consume: false }), 40056)
  assertRefused(await other.post('/card/code/get', { code, card_id, check_consume: false }), 40056)
  assertRefused(await other.post('/card/code/get', { code: custom, card_id: custom_card_id }), 40056)
})

test('no code is 41013', async () => {
  for (const code of [undefined, null, '']) {
    assertRefused(await getCode({ code, card_id }), 41013)
  }
})
