import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, receive } from '../support/acts.ts'
import { baseInfo, cardBody, TYPE_FIELDS } from '../support/cards.ts'
import { connect } from '../support/client.ts'
import { bodyOf, FULL_CARDS, OTHER_CARDS } from '../support/full-cards.ts'
import { getAt } from '../support/paths.ts'
import { assertRefused, placeOf } from '../support/refused.ts'
import { makeMerchant, runCli, startServer } from '../support/server.ts'

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server))

const COLORS = {
  Color010: '#63b359',
  Color020: '#2c9f67',
  Color030: '#509fc9',
  Color040: '#5885cf',
  Color050: '#9062c0',
  Color060: '#d09a45',
  Color070: '#e4b138',
  Color080: '#ee903c',
  Color081: '#f08500',
  Color082: '#a9d92d',
  Color090: '#dd6549',
  Color100: '#cc463d',
  Color101: '#cf3e36',
  Color102: '#5E6671',
}

test('a new card answers its card_id, which has 28 characters and begins with p', async () => {
  const answer = await client.ok('/card/create', cardBody())
  assert.deepEqual(Object.keys(answer), ['errcode', 'errmsg', 'card_id'])
  assert.match(String(answer['card_id']), /^p[\w-]{27}$/)
})

for (const card of [...FULL_CARDS, ...OTHER_CARDS]) {
  const date_type = String(getAt(card, 'base_info.date_info.type'))
  test(`a ${card.card_type} of ${date_type} with every field filled in is shown as it was sent`, async () => {
    const { card_id } = await client.ok('/card/create', bodyOf(card))
    const shown = await getCard(client, String(card_id))
    const { sku, ...sent } = { ...card.base_info, color: COLORS.Color020 } as Record<string, unknown>
    const quantity = getAt(sku, 'quantity')

    assert.equal(shown.card_type, card.card_type)
    assert.deepEqual(pick(shown.base_info, Object.keys(sent)), sent)
    assert.deepEqual(shown.base_info.sku, { quantity, total_quantity: quantity })
    assert.deepEqual(shown.advanced_info, card.advanced_info)
    assert.deepEqual(shown.fields, card.fields)
  })
}

function pick(object: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)))
}

for (const card_type of Object.keys(TYPE_FIELDS)) {
  test(`a ${card_type} with the required fields only is made`, async () => {
    const { base_info, fields } = await getCard(client, await createCard(client, card_type))
    assert.equal(base_info['title'], '双人套餐')
    assert.deepEqual(fields, TYPE_FIELDS[card_type])
  })
}

test('each of the fourteen colours is shown as its hexadecimal value', async () => {
  for (const [name, value] of Object.entries(COLORS)) {
    const { base_info } = await getCard(client, await createCard(client, 'GROUPON', { color: name }))
    assert.equal(base_info['color'], value)
  }
})

test('a colour that is none is 40076', async () => {
  for (const color of ['Color011', 'Color103', 'color010', 'red', '#123456']) {
    assertRefused(await client.post('/card/create', cardBody('GROUPON', { color })), 40076)
  }
})

test('a card type that is none is 40071', async () => {
  for (const card_type of ['LUCKY_MONEY', 'groupon', 'constructor', '__proto__']) {
    const body = { card: { card_type, [card_type.toLowerCase()]: { base_info: baseInfo() } } }
    assertRefused(await client.post('/card/create', body), 40071)
  }
})

test('fields that stand under the key of another type are 40071', async () => {
  const body = { card: { card_type: 'CASH', groupon: { base_info: baseInfo(), deal_detail: '双人锅底一份' } } }
  assertRefused(await client.post('/card/create', body), 40071)
})

test('a body without a card, and a card without fields, lack required fields', async () => {
  assertRefused(await client.post('/card/create', {}), 41011)
  assertRefused(await client.post('/card/create', { card: null }), 41011)
  assertRefused(await client.post('/card/create', { card: { card_type: 'GROUPON' } }), 41011)
})

test('a stock lies between 1 and 100000000, else it is 40122', async () => {
  for (const quantity of [1, 100_000_000]) {
    const { base_info } = await getCard(client, await createCard(client, 'GROUPON', { sku: { quantity } }))
    assert.deepEqual(base_info.sku, { quantity, total_quantity: quantity })
  }
  for (const quantity of [0, -1, 100_000_001, 1e15]) {
    assertRefused(await client.post('/card/create', cardBody('GROUPON', { sku: { quantity } })), 40122)
  }
})

const now = Math.floor(Date.now() / 1000)
const range = (begin_timestamp: number, end_timestamp: number): object => ({
  type: 'DATE_TYPE_FIX_TIME_RANGE',
  begin_timestamp,
  end_timestamp,
})

/** Validities that can never be used. */
const BAD_TIMES: Record<string, object> = {
  'a range that ends before it begins': range(now + 2000, now + 1000),
  'a range that is over': range(now - 2000, now - 1000),
  'a range beyond January 2038': range(now, 2 ** 31),
  'a range in milliseconds': range(now * 1000, now * 1000 + 1000),
  'a range before 1970': range(-1, now + 1000),
  'a term of fewer than no days': { type: 'DATE_TYPE_FIX_TERM', fixed_term: -1, fixed_begin_term: 0 },
  'a term that begins before receipt': { type: 'DATE_TYPE_FIX_TERM', fixed_term: 15, fixed_begin_term: -1 },
  'an unknown type': { type: 'DATE_TYPE_FIX', begin_timestamp: now, end_timestamp: now + 1000 },
  'for ever, where the card is no member card,': { type: 'DATE_TYPE_PERMANENT' },
}

for (const [name, date_info] of Object.entries(BAD_TIMES)) {
  test(`${name} is 40079`, async () => {
    assertRefused(await client.post('/card/create', cardBody('GROUPON', { date_info })), 40079)
  })
}

test('a member card has three custom fields at most: a fourth is 40124', async () => {
  const custom_field4 = { name: '里程', url: 'https://example.com/4' }
  assertRefused(await client.post('/card/create', cardBody('MEMBER_CARD', {}, { custom_field4 })), 40124)
})

test('a card whose codes are deposited begins with a stock of 0, else it is 40136', async () => {
  const deposit = { use_custom_code: true, get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT' }
  const card_id = await createCard(client, 'GROUPON', { ...deposit, sku: { quantity: 0 } })
  const { base_info } = await getCard(client, card_id)
  assert.equal(base_info['get_custom_code_mode'], 'GET_CUSTOM_CODE_MODE_DEPOSIT')
  assert.deepEqual(base_info.sku, { quantity: 0, total_quantity: 0 })
  assertRefused(await client.post('/card/create', cardBody('GROUPON', { ...deposit, sku: { quantity: 5 } })), 40136)
})

test('a way of custom codes that is none is refused and named', async () => {
  const unknown = { use_custom_code: true, get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_X', sku: { quantity: 0 } }
  const answer = await client.post('/card/create', cardBody('GROUPON', unknown))
  assertRefused(answer, 40097, placeOf('base_info.get_custom_code_mode'))
})

test('a merchant without the permission makes no custom codes, 43009, and no balance, 43010', async () => {
  const other = await makeMerchant(server)
  const theirs = await connect(server.url, other)
  const { code } = await runCli(['merchant', 'set', other.appid, 'custom_code=off', 'balance=off'], {
    DATA_DIR: server.data_dir,
  })
  assert.equal(code, 0)
  assertRefused(await theirs.post('/card/create', cardBody('GROUPON', { use_custom_code: true })), 43009)
  assertRefused(await theirs.post('/card/create', cardBody('MEMBER_CARD', {}, { supply_balance: true })), 43010)
  await createCard(theirs, 'GROUPON', { use_custom_code: false })
  await createCard(theirs, 'MEMBER_CARD', {}, { supply_balance: false })
})

test('a refused card is not made', async () => {
  const count = async () => (await client.ok('/card/batchget', { offset: 0, count: 1 }))['total_num']
  const before = await count()
  assertRefused(await client.post('/card/create', cardBody('GROUPON', { title: undefined })), 41011)
  assertRefused(await client.post('/card/create', cardBody('GROUPON', { sku: { quantity: 0 } })), 40122)
  assert.equal(await count(), before)
})

test('a card whose review is automatic can be received at once', async () => {
  const card_id = await createCard(client)
  assert.equal((await getCard(client, card_id)).base_info.status, 'CARD_STATUS_VERIFY_OK')
  await receive(client, card_id)
})
