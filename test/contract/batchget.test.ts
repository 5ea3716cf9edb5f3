import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard } from '../support/acts.ts'
import { connect } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, runCli, startServer } from '../support/server.ts'

const server = await startServer()
after(() => server.stop())
const merchant = await makeMerchant(server, '--review', 'manual')
const client = await connect(server.url, merchant)

const review = async (...args: string[]) => {
  const { code, stderr } = await runCli(['card', ...args, '--appid', merchant.appid], { DATA_DIR: server.data_dir })
  assert.equal(code, 0, stderr)
}

/** Ten cards, made one after the other: waiting, refused, approved, deleted, and six more that wait. */
const cards: string[] = []
for (let made = 0; made < 10; made++) cards.push(await createCard(client))
const [, refused = '', approved = '', deleted = ''] = cards
await Promise.all([review('refuse', refused, '--reason', '图片不清'), review('approve', approved)])
await client.ok('/card/delete', { card_id: deleted })
const listed = cards.filter((card_id) => card_id !== deleted)
const waiting = listed.filter((card_id) => card_id !== refused && card_id !== approved)

const list = (body: object = {}) => client.ok('/card/batchget', { offset: 0, count: 50, ...body })

test('cards are listed from the oldest on, deleted ones left out', async () => {
  const { card_id_list, total_num } = await list()
  assert.deepEqual(card_id_list, listed)
  assert.equal(total_num, 9)
})

test('a page begins at the offset and has count cards at most; total_num counts them all', async () => {
  const page = await list({ offset: 2, count: 3 })
  assert.deepEqual(page['card_id_list'], listed.slice(2, 5))
  assert.equal(page['total_num'], 9)
  assert.deepEqual((await list({ offset: 8, count: 3 }))['card_id_list'], listed.slice(8))
})

test('a page beyond the last card is empty', async () => {
  const { card_id_list, total_num } = await list({ offset: 9 })
  assert.deepEqual(card_id_list, [])
  assert.equal(total_num, 9)
  assert.deepEqual((await list({ offset: 2_000_000_000 }))['card_id_list'], [])
})

const IN_STATE: Record<string, string[]> = {
  CARD_STATUS_NOT_VERIFY: waiting,
  CARD_STATUS_VERIFY_FAIL: [refused],
  CARD_STATUS_VERIFY_FALL: [refused],
  CARD_STATUS_VERIFY_OK: [approved],
  CARD_STATUS_DELETE: [deleted],
  CARD_STATUS_USER_DELETE: [deleted],
  CARD_STATUS_DISPATCH: [],
  CARD_STATUS_USER_DISPATCH: [],
}

for (const [status, expected] of Object.entries(IN_STATE)) {
  test(`status_list ["${status}"] lists the cards in that state, and so does the bare text`, async () => {
    for (const status_list of [[status], status]) {
      const { card_id_list, total_num } = await list({ status_list })
      assert.deepEqual(card_id_list, expected)
      assert.equal(total_num, expected.length)
    }
  })
}

test('several states are asked for at once, and no card is listed twice', async () => {
  const status_list = ['CARD_STATUS_VERIFY_OK', 'CARD_STATUS_DELETE', 'CARD_STATUS_USER_DELETE', 'CARD_STATUS_DELETE']
  const { card_id_list, total_num } = await list({ status_list })
  assert.deepEqual(card_id_list, [approved, deleted])
  assert.equal(total_num, 2)
})

test('a state that nobody knows matches nothing', async () => {
  for (const status_list of [['CARD_STATUS_X'], 'CARD_STATUS_X', ['constructor']]) {
    const { card_id_list, total_num } = await list({ status_list })
    assert.deepEqual(card_id_list, [])
    assert.equal(total_num, 0)
  }
  const { card_id_list } = await list({ status_list: ['CARD_STATUS_X', 'CARD_STATUS_VERIFY_OK'] })
  assert.deepEqual(card_id_list, [approved])
})

test('a status_list that is null, "" or [] is as if it were absent', async () => {
  for (const status_list of [null, '', []]) {
    assert.equal((await list({ status_list }))['total_num'], 9)
  }
})

test('offset and count may be texts', async () => {
  const { card_id_list } = await list({ offset: '1', count: '2' })
  assert.deepEqual(card_id_list, listed.slice(1, 3))
})

test('a count over 50, of nothing or below is 40097, and so is an offset below 0', async () => {
  for (const count of [51, 100, 0, -1]) {
    assertRefused(await client.post('/card/batchget', { offset: 0, count }), 40097)
  }
  assertRefused(await client.post('/card/batchget', { offset: -1, count: 10 }), 40097)
})

test('offset and count are required and named', async () => {
  assertRefused(await client.post('/card/batchget', { count: 10 }), 41011, /offset$/)
  assertRefused(await client.post('/card/batchget', { offset: 0 }), 41011, /count$/)
})
