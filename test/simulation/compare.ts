import assert from 'node:assert/strict'
import { getCard } from '../support/acts.ts'
import { isUsable, type ModelCard, type ModelCode } from '../support/model.ts'
import type { World } from './world.ts'

/** What the server shows is held against the model. */

export async function compareCard({ client }: World, card: ModelCard): Promise<void> {
  const { base_info } = await getCard(client, card.card_id)
  const { status, sku, notice, date_info, get_limit, can_give_friend } = base_info
  assert.deepEqual(
    { status, sku, notice, date_info, get_limit: get_limit ?? 50, can_give_friend: can_give_friend ?? true },
    {
      status: card.deleted ? 'CARD_STATUS_DELETE' : 'CARD_STATUS_VERIFY_OK',
      sku: { quantity: card.quantity, total_quantity: card.total_quantity },
      notice: card.notice,
      date_info: card.date_info,
      get_limit: card.get_limit ?? 50,
      can_give_friend: card.can_give_friend ?? true,
    },
  )
}

export async function compareDeposited({ client }: World, { card_id, deposited }: ModelCard): Promise<void> {
  const { count } = await client.ok('/card/code/getdepositcount', { card_id })
  assert.equal(count, deposited)
}

export async function compareCode({ model, client, witness, states }: World, code: ModelCode): Promise<void> {
  const { card_id } = code.card
  const asked = { code: code.code, card_id }
  const [found, checked] = await Promise.all([
    client.ok('/card/code/get', { ...asked, check_consume: false }),
    client.post('/card/code/get', asked),
  ])
  const { begin_time, end_time, ...card } = found['card'] as Record<string, number | string>
  assert.deepEqual(card, { card_id, code: code.code })
  assertSpan({ begin_time, end_time }, model.spanOf(code))
  const state = model.stateOf(code)
  assert.deepEqual(
    [found['openid'], found['user_card_status'], found['can_consume']],
    [code.openid, state, model.canConsume(code)],
  )
  if (isUsable(state)) assert.deepEqual(checked, found)
  else assert.equal(checked.errcode, 40127)
  witness.saw(card_id, code.code, state)
  states[state] = (states[state] ?? 0) + 1
}

/** What begins or ends by the clock itself does so in a second that the model does not know. */
export function assertMoment(found: unknown, expected: number): void {
  const late = Number(found) - expected
  assert.ok(late >= 0 && late < 60, `${String(found)}, not ${expected}`)
}

export function assertSpan(
  found: Record<string, unknown>,
  { begin_time, end_time }: { begin_time: number; end_time: number },
): void {
  if (end_time === Infinity) assertMoment(found['begin_time'], begin_time)
  else assert.equal(found['begin_time'], begin_time)
  assert.equal(found['end_time'], end_time === Infinity ? 0 : end_time)
}

export async function compareList({ model, client }: World, openid: string, card?: ModelCard): Promise<void> {
  const { card_list } = await client.ok('/card/user/getcardlist', { openid, card_id: card?.card_id })
  const expected = model.listOf(openid, card).map(({ code, card }) => ({ code, card_id: card.card_id }))
  assert.deepEqual(inOrder(card_list as Listed[]), inOrder(expected))
}

interface Listed {
  code: string
  card_id: string
}

const inOrder = (listed: readonly Listed[]): Listed[] =>
  listed.toSorted((a, b) => (`${a.card_id} ${a.code}` < `${b.card_id} ${b.code}` ? -1 : 1))

const MOST_LISTED = 50

export async function compareBatch({ model, client, before }: World, status: keyof World['before']): Promise<void> {
  const expected = model.cards.filter(({ deleted }) => deleted === (status === 'CARD_STATUS_DELETE'))
  const body = { offset: before[status], count: MOST_LISTED, status_list: [status] }
  const { card_id_list, total_num } = await client.ok('/card/batchget', body)
  assert.equal(total_num, before[status] + expected.length)
  assert.deepEqual(
    card_id_list,
    expected.slice(0, MOST_LISTED).map(({ card_id }) => card_id),
  )
}

export async function compareEverything(world: World): Promise<void> {
  const { model, holders } = world
  await Promise.all([
    ...model.cards.map((card) => compareCard(world, card)),
    ...model.cards.map((card) => compareDeposited(world, card)),
    ...model.codes.map((code) => compareCode(world, code)),
    ...holders.map((openid) => compareList(world, openid)),
    compareBatch(world, 'CARD_STATUS_VERIFY_OK'),
    compareBatch(world, 'CARD_STATUS_DELETE'),
  ])
}
