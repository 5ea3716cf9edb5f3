import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, type ShownCard } from '../support/acts.ts'
import { baseInfo, cardBody, TYPE_FIELDS } from '../support/cards.ts'
import { connect } from '../support/client.ts'
import { bodyOf, FULL_CARDS, type FullCard } from '../support/full-cards.ts'
import { mapLeaves } from '../support/paths.ts'
import { makeMerchant, startServer } from '../support/server.ts'

/** What client libraries send beside the letter of the contract, and what becomes of it. */

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server))

async function createAndGet(body: object): Promise<object> {
  const { card_id } = await client.ok('/card/create', body)
  return withoutIdentity(await getCard(client, String(card_id)))
}

/** What two cards with the same fields have in common. */
const withoutIdentity = ({ base_info, ...rest }: ShownCard): object => ({
  ...rest,
  base_info: { ...base_info, id: '', create_time: 0, update_time: 0 },
})

const REQUIRED = baseInfo()

for (const card of FULL_CARDS) {
  const { card_type } = card

  test(`a ${card_type} whose numbers and booleans are texts is made, and shown with numbers and booleans`, async () => {
    const texts = mapLeaves(card, (leaf) => (typeof leaf === 'string' ? leaf : String(leaf))) as FullCard
    assert.deepEqual(await createAndGet(bodyOf(texts)), await createAndGet(bodyOf(card)))
  })

  test(`the optional fields of a ${card_type} may be null, and count as absent`, async () => {
    const base_info = { ...mapMembers(card.base_info, () => null), ...REQUIRED }
    const fields = { ...mapMembers(card.fields, () => null), ...TYPE_FIELDS[card_type], advanced_info: null }
    assert.deepEqual(
      await createAndGet(cardBody(card_type, base_info, fields)),
      await createAndGet(cardBody(card_type, REQUIRED)),
    )
  })

  test(`the optional texts, numbers and booleans of a ${card_type} may be "", and count as absent`, async () => {
    const empty = (value: unknown): unknown => (typeof value === 'object' ? undefined : '')
    const base_info = { ...mapMembers(card.base_info, empty), ...REQUIRED }
    const fields = { ...mapMembers(card.fields, empty), ...TYPE_FIELDS[card_type] }
    assert.deepEqual(
      await createAndGet(cardBody(card_type, base_info, fields)),
      await createAndGet(cardBody(card_type, REQUIRED)),
    )
  })
}

function mapMembers(object: object, change: (value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]))
}

test('inside the structures of advanced_info null and "" count as absent too', async () => {
  const advanced_info = {
    use_condition: { accept_category: '', reject_category: null, least_cost: '', can_use_with_other_discount: null },
    abstract: null,
    text_image_list: null,
    time_limit: [],
    business_service: null,
    share_friends: '',
  }
  await client.ok('/card/create', cardBody('CASH', REQUIRED, { advanced_info }))
})

test('shop numbers may be texts, as WxJava sends them, and are shown as numbers', async () => {
  const { base_info } = await getCard(
    client,
    await createCard(client, 'GROUPON', { location_id_list: ['123', '12321'], use_all_locations: true }),
  )
  assert.deepEqual(base_info['location_id_list'], [123, 12_321])
})

test('a total_quantity is passed over, as WxJava always sends one', async () => {
  const sku = { quantity: 100, total_quantity: 100_000_000 }
  const { base_info } = await getCard(client, await createCard(client, 'GROUPON', { sku }))
  assert.deepEqual(base_info.sku, { quantity: 100, total_quantity: 100 })
})

test('members that nobody knows are passed over, at every depth', async () => {
  const base_info = { ...REQUIRED, CardType: 0, date_info: { ...Object.assign({}, REQUIRED['date_info']), x: 1 } }
  const body = cardBody('GROUPON', base_info, { advanced_info: { y: {} }, z: [] })
  assert.deepEqual(await createAndGet({ ...body, unknown: true }), await createAndGet(cardBody('GROUPON', REQUIRED)))
})

test('the old numbers of validity types still count', async () => {
  const { begin_timestamp, end_timestamp } = REQUIRED['date_info'] as Record<string, number>
  const range = { begin_timestamp, end_timestamp }
  const term = { fixed_term: 15, fixed_begin_term: 1 }
  for (const [type, meant, members] of [
    [1, 'DATE_TYPE_FIX_TIME_RANGE', range],
    ['1', 'DATE_TYPE_FIX_TIME_RANGE', range],
    [2, 'DATE_TYPE_FIX_TERM', term],
    ['2', 'DATE_TYPE_FIX_TERM', term],
  ]) {
    const card_id = await createCard(client, 'GROUPON', { date_info: { type, ...Object(members) } })
    const { base_info } = await getCard(client, card_id)
    assert.deepEqual(base_info['date_info'], { type: meant, ...Object(members) })
  }
})

test('need_push_on_view is taken in base_info and in member_card', async () => {
  const inside = await getCard(client, await createCard(client, 'MEMBER_CARD', { need_push_on_view: true }))
  assert.equal(inside.base_info['need_push_on_view'], true)
  const beside = await getCard(client, await createCard(client, 'MEMBER_CARD', {}, { need_push_on_view: true }))
  assert.equal(beside.fields['need_push_on_view'], true)
})

test('texts come back as they were sent: line breaks, slashes, quotes and emoji too', async () => {
  const description = '第一行\n第二行\t"引号" \\反斜杠 a/b <b>&amp;</b> 🍲 \u2028 é \uFEFF'
  const { base_info } = await getCard(client, await createCard(client, 'GROUPON', { description }))
  assert.equal(base_info['description'], description)
})
