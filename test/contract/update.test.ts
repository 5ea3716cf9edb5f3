import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, lookUp, newOpenid, receive } from '../support/acts.ts'
import { change, changeBase, faceOf } from '../support/change.ts'
import { connect, type Answer } from '../support/client.ts'
import { advance } from '../support/hand.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, runCli, startServer } from '../support/server.ts'
import { DAY_S } from '../support/shanghai.ts'

/** Changing cards: validity, review, shops, points, and requests that are refused as a whole. */

const server = await startServer()
after(() => server.stop())
const [merchant, manual] = await Promise.all([
  makeMerchant(server, '--sandbox'),
  makeMerchant(server, '--review', 'manual'),
])
const client = await connect(server.url, merchant)
const reviewed = await connect(server.url, manual)

const run = (...args: string[]) => runCli(args, { DATA_DIR: server.data_dir })
const review = async (act: 'approve' | 'refuse', card_id: string): Promise<void> => {
  const reason = act === 'refuse' ? ['--reason', '图片不清'] : []
  assert.equal((await run('card', act, card_id, ...reason, '--appid', manual.appid)).code, 0)
}

const DONE = { errcode: 0, errmsg: 'ok', send_check: false }
const REVIEWED = { ...DONE, send_check: true }

// What is named

test('null stands for a field that is not there, also for one that cannot be changed', async () => {
  const card_id = await createCard(client, 'GROUPON', { service_phone: '020-1' })
  const before = await faceOf(client, card_id)
  const nothing = { notice: null, title: null, date_info: null, sku: null, brandname: null, service_phone: null }
  assert.deepEqual(await change(client, card_id, 'GROUPON', { base_info: nothing, deal_detail: null }), DONE)
  assert.deepEqual(await change(client, card_id, 'GROUPON', { base_info: null }), DONE)
  assert.deepEqual(await faceOf(client, card_id), before)
  assert.deepEqual(await changeBase(client, card_id, { ...nothing, get_limit: 7 }), DONE)
  assert.equal((await getCard(client, card_id)).base_info['get_limit'], 7)
})

test('a request without fields is accepted and changes nothing, not even the time of the last change', async () => {
  const card_id = await createCard(client)
  const before = await getCard(client, card_id)
  await advance(client, 100)
  assert.deepEqual(await change(client, card_id, 'GROUPON', {}), DONE)
  assert.deepEqual(await changeBase(client, card_id, {}), DONE)
  assert.deepEqual(await getCard(client, card_id), before)
})

test('a request with the values that a card has already changes nothing either', async () => {
  const card_id = await createCard(client, 'GROUPON', { service_phone: '020-1', location_id_list: [5, 6] })
  const before = await getCard(client, card_id)
  const { date_info, service_phone, location_id_list, can_share } = before.base_info
  await advance(client, 100)
  for (const base_info of [{ date_info }, { service_phone, location_id_list, can_share }]) {
    assert.deepEqual(await changeBase(client, card_id, base_info), DONE)
  }
  assert.deepEqual(await getCard(client, card_id), before)
})

test('update_time is the second of the change, create_time stays', async () => {
  const card_id = await createCard(client)
  const before = (await getCard(client, card_id)).base_info
  const now = await advance(client, 100)
  await changeBase(client, card_id, { can_share: false })
  const { create_time, update_time } = (await getCard(client, card_id)).base_info
  assert.equal(create_time, before['create_time'])
  assert.ok(Number(update_time) >= now && Number(update_time) <= now + 5)
})

test('fields of the type and of base_info change in one request', async () => {
  const card_id = await createCard(client, 'MEMBER_CARD')
  const answer = await change(client, card_id, 'MEMBER_CARD', {
    base_info: { service_phone: '020-88888888', location_id_list: [123, 12_321, 345_345] },
    bonus_cleared: 'aaaaaaaaaaaaaa',
    bonus_rules: 'aaaaaaaaaaaaaa',
    prerogative: '',
  })
  assert.deepEqual(answer, REVIEWED)
  const { base_info, fields } = await getCard(client, card_id)
  assert.deepEqual(base_info['location_id_list'], [123, 12_321, 345_345])
  assert.equal(fields['bonus_cleared'], 'aaaaaaaaaaaaaa')
  assert.equal(fields['prerogative'], '会员九折')
})

test('texts of digits, true and false are read as numbers and booleans', async () => {
  const card_id = await createCard(client)
  const base_info = { get_limit: '3', can_share: 'false', can_give_friend: 0, location_id_list: ['12', '34'] }
  assert.deepEqual(await changeBase(client, card_id, base_info), DONE)
  const shown = (await getCard(client, card_id)).base_info
  assert.deepEqual(
    [shown['get_limit'], shown['can_share'], shown['can_give_friend'], shown['location_id_list']],
    [3, false, false, [12, 34]],
  )
})

for (const nothing of [[], '0', '', [0], ['0']]) {
  test(`location_id_list ${JSON.stringify(nothing)} takes all shops from a card`, async () => {
    const card_id = await createCard(client, 'GROUPON', { location_id_list: [123, 456] })
    const expected = await faceOf(client, card_id)
    assert.deepEqual(await changeBase(client, card_id, { location_id_list: nothing }), DONE)
    assert.deepEqual(await faceOf(client, card_id), {
      ...expected,
      base_info: { ...expected.base_info, location_id_list: [] },
    })
  })
}

for (const [text, list] of [
  ['1234,2314', [1234, 2314]],
  ['1234', [1234]],
  ['1234 , 2314', [1234, 2314]],
] as const) {
  test(`location_id_list may be one text: ${JSON.stringify(text)}`, async () => {
    const card_id = await createCard(client, 'GROUPON', { location_id_list: [9] })
    await changeBase(client, card_id, { location_id_list: text })
    assert.deepEqual((await getCard(client, card_id)).base_info['location_id_list'], list)
  })
}

test('an empty text takes an optional text away; with review where a change of it is reviewed', async () => {
  const card_id = await createCard(
    client,
    'MEMBER_CARD',
    { service_phone: '020-1', custom_url: 'https://a.example' },
    {
      bonus_rules: '每消费1元增加1积分。',
    },
  )
  assert.deepEqual(await change(client, card_id, 'MEMBER_CARD', { base_info: { service_phone: '' } }), DONE)
  const { base_info } = await getCard(client, card_id)
  assert.ok(!('service_phone' in base_info))
  assert.equal(base_info['custom_url'], 'https://a.example')
  assert.deepEqual(await change(client, card_id, 'MEMBER_CARD', { bonus_rules: '' }), REVIEWED)
  assert.ok(!('bonus_rules' in (await getCard(client, card_id)).fields))
})

test('an empty value for what a card must have changes nothing and sends nothing to review', async () => {
  const card_id = await createCard(client, 'MEMBER_CARD')
  const before = await faceOf(client, card_id)
  const base_info = { logo_url: '', notice: '', description: '', color: '', code_type: '', date_info: '' }
  assert.deepEqual(await change(client, card_id, 'MEMBER_CARD', { base_info, prerogative: '' }), DONE)
  assert.deepEqual(await faceOf(client, card_id), before)
})

test('an empty text for a number or a boolean is as if it were absent: a card that may not be given away stays so', async () => {
  const base_info = { can_give_friend: false, can_share: false, get_limit: 2, use_all_locations: true }
  const card_id = await createCard(client, 'GROUPON', base_info)
  const before = await faceOf(client, card_id)
  const nothing = { can_give_friend: '', can_share: '', get_limit: '', use_all_locations: '' }
  assert.deepEqual(await changeBase(client, card_id, nothing), DONE)
  assert.deepEqual(await faceOf(client, card_id), before)
})

test('a limit of 0 is as if it were absent, since some clients cannot leave a number out', async () => {
  const card_id = await createCard(client, 'GROUPON', { get_limit: 2, use_limit: 3 })
  const before = await faceOf(client, card_id)
  assert.deepEqual(await changeBase(client, card_id, { get_limit: 0, use_limit: 0 }), DONE)
  assert.deepEqual(await faceOf(client, card_id), before)
})

// The card and its type

test('fields under the key of another type are 40071, as are two keys, which are named; no key is 41011', async () => {
  const card_id = await createCard(client, 'CASH')
  const before = await faceOf(client, card_id)
  const good = { base_info: { notice: '新提醒' } }
  assertRefused(await change(client, card_id, 'GROUPON', good), 40071)
  assertRefused(await change(client, card_id, 'GROUPON', {}), 40071)
  const two = { card_id, cash: good, groupon: good }
  assertRefused(await client.post('/card/update', two), 40071, 'groupon, cash: a card has one type')
  assertRefused(await client.post('/card/update', { card_id }), 41011)
  assertRefused(await client.post('/card/update', { card_id, base_info: { notice: '新提醒' } }), 41011)
  assertRefused(await client.post('/card/update', { card_id, CASH: good }), 41011)
  assert.deepEqual(await faceOf(client, card_id), before)
})

test('what stands beside the fields is refused too: a member that is none is 40097, another card_type 40071', async () => {
  const card_id = await createCard(client, 'CASH')
  const before = await faceOf(client, card_id)
  const cash = { base_info: { notice: '新提醒' } }
  const told = 'service_phone cannot be changed'
  assertRefused(await client.post('/card/update', { card_id, cash, service_phone: '020-1' }), 40097, told)
  for (const card_type of ['GROUPON', 'cash', 'LUCKY_MONEY']) {
    assertRefused(await client.post('/card/update', { card_id, card_type, cash }), 40071, /^card_type/)
  }
  assert.deepEqual(await faceOf(client, card_id), before)
})

test('clients that name the type beside its key, or write null for what they do not send, are served', async () => {
  const card_id = await createCard(client, 'CASH')
  for (const beside of [{ card_type: 'CASH' }, { card_type: null, groupon: null, service_phone: null }]) {
    const cash = { base_info: { notice: '新提醒' } }
    assert.deepEqual(await client.post('/card/update', { card_id, ...beside, cash }), REVIEWED)
  }
})

test('no card_id is 41012, a card nobody made 40073, a deleted card 40078', async () => {
  const good = { base_info: { notice: '新提醒' } }
  for (const card_id of [undefined, '', null]) {
    assertRefused(await client.post('/card/update', { card_id, groupon: good }), 41012)
  }
  assertRefused(await changeBase(client, 'pFS7Fjg8kV1IdDz01r4SQwMkuCKc', good.base_info), 40073)
  const card_id = await createCard(client)
  assertRefused(await changeBase(reviewed, card_id, good.base_info), 40073)
  await client.ok('/card/delete', { card_id })
  const before = await faceOf(client, card_id)
  assertRefused(await changeBase(client, card_id, good.base_info), 40078)
  assert.deepEqual(await faceOf(client, card_id), before)
})

test('get_limit of a changed card counts at once', async () => {
  const card_id = await createCard(client, 'GROUPON', { get_limit: 1 })
  const openid = newOpenid()
  await receive(client, card_id, openid)
  assertRefused(await client.post('/wallet/receive', { card_id, openid }), 45033)
  await changeBase(client, card_id, { get_limit: 2 })
  await receive(client, card_id, openid)
})

test('a card that may no longer be given away is not: 45030', async () => {
  const card_id = await createCard(client)
  const openid = newOpenid()
  const code = await receive(client, card_id, openid)
  await changeBase(client, card_id, { can_give_friend: false })
  assertRefused(await client.post('/wallet/gift', { code, openid }), 45030)
  await changeBase(client, card_id, { can_give_friend: true })
  await client.ok('/wallet/gift', { code, openid })
})

// Validity

const NOT_WIDER =
  'invalid DateInfo, Make Sure OldDateInfoType==NewDateInfoType && NewBeginTime<=OldBeginTime && OldEndTime<= NewEndTime'

function assertNotWider(answer: Answer): void {
  assertRefused(answer, 40100)
  assert.ok(answer.errmsg.startsWith(`${NOT_WIDER} hint: [`), answer.errmsg)
}

const RANGE = 'DATE_TYPE_FIX_TIME_RANGE'
const now = await advance(client, 0)
const [BEGIN, END] = [now - 10 * DAY_S, now + 10 * DAY_S]
const range = { type: RANGE, begin_timestamp: BEGIN, end_timestamp: END }
const term = { type: 'DATE_TYPE_FIX_TERM', fixed_term: 15, fixed_begin_term: 0 }

for (const [what, date_info, widened] of [
  ['both ends', { type: RANGE, begin_timestamp: BEGIN - 5, end_timestamp: END + 5 }, [BEGIN - 5, END + 5]],
  ['its end, without its type', { end_timestamp: END + 1 }, [BEGIN, END + 1]],
  ['its begin', { type: RANGE, begin_timestamp: BEGIN - 1 }, [BEGIN - 1, END]],
  ['nothing', range, [BEGIN, END]],
  [
    'both, in the spelling of old clients',
    { type: 1, begin_timestamp: `${BEGIN - 5}`, end_timestamp: `${END + 5}` },
    [BEGIN - 5, END + 5],
  ],
] as const) {
  test(`a fixed range can be widened: ${what}; codes already received follow`, async () => {
    const card_id = await createCard(client, 'GROUPON', { date_info: range })
    const code = await receive(client, card_id)
    assert.deepEqual(await changeBase(client, card_id, { date_info }), DONE)
    const [begin_timestamp, end_timestamp] = widened
    const shown = await getCard(client, card_id)
    assert.deepEqual(shown.base_info['date_info'], { type: RANGE, begin_timestamp, end_timestamp })
    const { begin_time, end_time } = (await lookUp(client, code))['card'] as Record<string, unknown>
    assert.deepEqual([begin_time, end_time], [begin_timestamp, end_timestamp])
  })
}

for (const [what, card, date_info] of [
  ['a later begin', range, { type: RANGE, begin_timestamp: BEGIN + 1 }],
  ['an earlier end', range, { type: RANGE, end_timestamp: END - 1 }],
  ['both narrower', range, { type: RANGE, begin_timestamp: BEGIN + 1, end_timestamp: END - 1 }],
  ['a later begin with a later end', range, { type: RANGE, begin_timestamp: BEGIN + 1, end_timestamp: END + 9 }],
  ['an earlier end with an earlier begin', range, { type: RANGE, begin_timestamp: BEGIN - 9, end_timestamp: END - 1 }],
  ['a term of days for a range', range, term],
  ['a range for ever', range, { type: 'DATE_TYPE_PERMANENT' }],
  ['days in a range', range, { type: RANGE, end_timestamp: END + 9, fixed_term: 15 }],
  ['days until a range begins', range, { type: RANGE, end_timestamp: END + 9, fixed_begin_term: 1 }],
  ['a range for a term', term, range],
  ['a term of more days', term, { ...term, fixed_term: 30 }],
  ['the type of a term', term, { type: 'DATE_TYPE_FIX_TERM' }],
  ['a last second for a term', term, { end_timestamp: END }],
  ['for ever for a term', term, { type: 'DATE_TYPE_PERMANENT' }],
  ['a range for what is for ever', { type: 'DATE_TYPE_PERMANENT' }, range],
  ['a term for what is for ever', { type: 'DATE_TYPE_PERMANENT' }, { type: 'DATE_TYPE_FIX_TERM' }],
] as const) {
  test(`a validity is never narrowed and keeps its type: ${what} is 40100, and nothing is applied`, async () => {
    const card_id = await createCard(client, 'MEMBER_CARD', { date_info: card })
    const before = await faceOf(client, card_id)
    const base_info = { date_info, notice: '新提醒', can_share: false }
    assertNotWider(await change(client, card_id, 'MEMBER_CARD', { base_info, bonus_rules: '新规则' }))
    assert.deepEqual(await faceOf(client, card_id), before)
  })
}

test('a code that is expired becomes usable again when its card is widened, and so does the card', async () => {
  const at = await connect(server.url, await makeMerchant(server, '--sandbox'))
  const start = await advance(at, 0)
  const date_info = { ...range, end_timestamp: start + DAY_S }
  const card_id = await createCard(at, 'GROUPON', { date_info })
  const code = await receive(at, card_id)
  await advance(at, 2 * DAY_S)
  assert.equal((await lookUp(at, code))['user_card_status'], 'EXPIRE')
  assertRefused(await at.post('/card/code/consume', { code }), 40127)
  assertRefused(await at.post('/wallet/receive', { card_id, openid: newOpenid() }), 40078)

  const end_timestamp = start + 3 * DAY_S
  assert.deepEqual(await changeBase(at, card_id, { date_info: { type: RANGE, end_timestamp } }), DONE)
  const { user_card_status, can_consume } = await lookUp(at, code)
  assert.deepEqual([user_card_status, can_consume], ['NORMAL', true])
  await receive(at, card_id)
  await at.ok('/card/code/consume', { code })
})

test('a code of a term card keeps the validity it was received with', async () => {
  const card_id = await createCard(client, 'GROUPON', { date_info: term })
  const code = await receive(client, card_id)
  const before = await lookUp(client, code)
  assertNotWider(await changeBase(client, card_id, { date_info: { ...term, fixed_term: 90 } }))
  await changeBase(client, card_id, { notice: '新提醒' })
  assert.deepEqual(await lookUp(client, code), before)
})

// Review

const statusOf = async (card_id: string) => (await getCard(reviewed, card_id)).base_info.status

async function approvedCard(): Promise<string> {
  const card_id = await createCard(reviewed)
  await review('approve', card_id)
  return card_id
}

test('where review is automatic a changed card passes at once', async () => {
  const card_id = await createCard(client)
  assert.deepEqual(await changeBase(client, card_id, { notice: '新提醒' }), REVIEWED)
  const { status, notice } = (await getCard(client, card_id)).base_info
  assert.deepEqual([status, notice], ['CARD_STATUS_VERIFY_OK', '新提醒'])
  await receive(client, card_id)
})

test('where review is by hand a changed card waits: it cannot be received until it is approved', async () => {
  const card_id = await approvedCard()
  assert.deepEqual(await changeBase(reviewed, card_id, { notice: '新提醒', can_share: false }), REVIEWED)
  assert.equal(await statusOf(card_id), 'CARD_STATUS_NOT_VERIFY')
  assertRefused(await reviewed.post('/wallet/receive', { card_id, openid: newOpenid() }), 40078)
  await review('approve', card_id)
  assert.equal(await statusOf(card_id), 'CARD_STATUS_VERIFY_OK')
  await receive(reviewed, card_id)
})

test('a tester receives a card while it waits for review again', async () => {
  const card_id = await approvedCard()
  const tester = newOpenid()
  await reviewed.ok('/card/testwhitelist/set', { openid: [tester] })
  await changeBase(reviewed, card_id, { notice: '新提醒' })
  assertRefused(await reviewed.post('/wallet/receive', { card_id, openid: newOpenid() }), 40078)
  await receive(reviewed, card_id, tester)
})

test('a change that needs no review leaves an approved card approved and a waiting one waiting', async () => {
  const card_id = await approvedCard()
  const free = { service_phone: '020-1', location_id_list: [5], custom_url_name: '立即使用' }
  assert.deepEqual(await changeBase(reviewed, card_id, free), DONE)
  assert.equal(await statusOf(card_id), 'CARD_STATUS_VERIFY_OK')
  const waiting = await createCard(reviewed)
  assert.deepEqual(await changeBase(reviewed, waiting, free), DONE)
  assert.equal(await statusOf(waiting), 'CARD_STATUS_NOT_VERIFY')
})

test('codes already received stay usable while their card waits, and after it was refused', async () => {
  const card_id = await approvedCard()
  const codes = [await receive(reviewed, card_id), await receive(reviewed, card_id)] as const
  await changeBase(reviewed, card_id, { notice: '新提醒' })
  assert.equal((await reviewed.ok('/card/code/get', { code: codes[0] }))['can_consume'], true)
  await reviewed.ok('/card/code/consume', { code: codes[0] })
  await review('refuse', card_id)
  await reviewed.ok('/card/code/consume', { code: codes[1] })
})

test('a refused card waits again when anything is changed', async () => {
  for (const change of [{ notice: '新提醒' }, { service_phone: '020-1' }, { service_phone: '' }]) {
    const card_id = await createCard(reviewed, 'GROUPON', { service_phone: '020-2' })
    await review('refuse', card_id)
    assert.equal(await statusOf(card_id), 'CARD_STATUS_VERIFY_FAIL')
    assert.deepEqual(await changeBase(reviewed, card_id, {}), DONE)
    assert.equal(await statusOf(card_id), 'CARD_STATUS_VERIFY_FAIL')
    assert.deepEqual(await changeBase(reviewed, card_id, change), REVIEWED)
    assert.equal(await statusOf(card_id), 'CARD_STATUS_NOT_VERIFY')
    await review('approve', card_id)
    await receive(reviewed, card_id)
  }
})

test('a change that is refused does not send a card to review', async () => {
  const card_id = await approvedCard()
  assertRefused(await changeBase(reviewed, card_id, { notice: '新提醒', title: '新标题' }), 40097)
  assertNotWider(await changeBase(reviewed, card_id, { notice: '新提醒', date_info: term }))
  assert.equal(await statusOf(card_id), 'CARD_STATUS_VERIFY_OK')
})

// Points

test('points can be turned on and not off: 40135', async () => {
  const card_id = await createCard(client, 'MEMBER_CARD', {}, { supply_bonus: false })
  const turn = (supply_bonus: unknown) =>
    change(client, card_id, 'MEMBER_CARD', { supply_bonus, base_info: { get_limit: 3 } })
  assert.deepEqual(await turn(false), DONE)
  assert.deepEqual(await turn(true), DONE)
  const before = await faceOf(client, card_id)
  assert.equal(before.fields['supply_bonus'], true)
  for (const off of [false, 'false', 0]) {
    const answer = await change(client, card_id, 'MEMBER_CARD', { supply_bonus: off, base_info: { get_limit: 9 } })
    assertRefused(answer, 40135)
    assert.match(
      answer.errmsg,
      /^invalid not supply bonus, can not change card_id which supply bonus to be not supply /,
    )
  }
  assert.deepEqual(await faceOf(client, card_id), before)
  assert.deepEqual(await turn(true), DONE)
})

test('a value that is neither text nor number is refused with its place, however odd', async () => {
  const card_id = await createCard(client)
  const deep = JSON.parse('['.repeat(1500) + ']'.repeat(1500)) as unknown
  const odd = { toString: 1, valueOf: 1 }
  for (const location_id_list of [odd, [odd], deep]) {
    assertRefused(await client.post('/card/update', { card_id, groupon: { base_info: { location_id_list } } }), 47001)
  }
  for (const fixed_term of [odd, deep, false]) {
    const base_info = { date_info: { type: 'DATE_TYPE_FIX_TIME_RANGE', fixed_term } }
    assertRefused(await client.post('/card/update', { card_id, groupon: { base_info } }), 40100)
  }
})

test('all that was changed here is proved clean', async () => {
  const { code, stdout } = await run('verify', '--json')
  const { clean, differences } = JSON.parse(stdout) as { clean: boolean; differences: string[] }
  assert.deepEqual({ code, clean, differences }, { code: 0, clean: true, differences: [] })
})
