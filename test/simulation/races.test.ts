import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, lookUp, newOpenid, receive } from '../support/acts.ts'
import { countErrcodes, isDone, together } from '../support/answers.ts'
import { connect, type Answer } from '../support/client.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { assertClean } from '../support/verify.ts'

/** Many who want the same thing in the same moment, each over a connection of its own. */

const server = await startServer()
const merchant = await makeMerchant(server)
const client = await connect(server.url, merchant)
after(() => server.stop())

const STEPS = [1, -2, 3, -4, 5] as const

const tryToReceive = (card_id: string, openid = newOpenid(), more: object = {}): Promise<Answer> =>
  client.post('/wallet/receive', { card_id, openid, ...more })

const consume = (code: string): Promise<Answer> => client.post('/card/code/consume', { code })

const makeUnavailable = (code: string): Promise<Answer> => client.post('/card/code/unavailable', { code })

const modifyStock = (card_id: string, by: number): Promise<Answer> =>
  client.post('/card/modifystock', {
    card_id,
    [by > 0 ? 'increase_stock_value' : 'reduce_stock_value']: Math.abs(by),
  })

const stateOf = async (code: string): Promise<unknown> => (await lookUp(client, code))['user_card_status']

const stockOf = async (card_id: string) => (await getCard(client, card_id)).base_info.sku

const codesIn = (answers: readonly Answer[]): string[] => answers.filter(isDone).map(({ code }) => String(code))

test('of 64 holders who ask together for the last 10, ten receive a code and the others hear that none is left', async () => {
  const card_id = await createCard(client, 'GROUPON', { sku: { quantity: 10 } })
  const answers = await together(64, () => tryToReceive(card_id))
  assert.deepEqual(countErrcodes(answers), { 0: 10, 45031: 54 })
  assert.equal(new Set(codesIn(answers)).size, 10, 'ten different codes')
  assert.deepEqual(await stockOf(card_id), { quantity: 0, total_quantity: 10 })
})

test('one holder who asks 64 times at once for a card of 3 each receives three', async () => {
  const card_id = await createCard(client, 'GROUPON', { get_limit: 3 })
  const answers = await together(64, () => tryToReceive(card_id, 'greedy'))
  assert.deepEqual(countErrcodes(answers), { 0: 3, 45033: 61 })
  const { card_list } = await client.ok('/card/user/getcardlist', { openid: 'greedy' })
  const codes = codesIn(answers).toSorted()
  assert.deepEqual(
    card_list,
    codes.map((code) => ({ code, card_id })),
  )
  assert.deepEqual(await stockOf(card_id), { quantity: 97, total_quantity: 100 })
})

test('of 32 holders who bring the same custom code, one receives it', async () => {
  const card_id = await createCard(client, 'GROUPON', { use_custom_code: true })
  const answers = await together(32, () => tryToReceive(card_id, newOpenid(), { code: 'LUCKY-7' }))
  assert.deepEqual(countErrcodes(answers), { 0: 1, 40111: 31 })
  const { openid } = await lookUp(client, 'LUCKY-7', card_id)
  assert.equal(openid, answers.find(isDone)!['openid'])
})

test('of 32 tills that scan one code together, one redeems it and the others hear that it is gone', async () => {
  const card_id = await createCard(client)
  const code = await receive(client, card_id, 'guest')
  const answers = await together(32, () => consume(code))
  assert.deepEqual(countErrcodes(answers), { 0: 1, 40099: 31 })
  for (const { errcode, openid, _card, _code } of answers) {
    assert.deepEqual(
      [openid, _card, _code],
      errcode === 0 ? ['guest', undefined, undefined] : [undefined, card_id, code],
    )
  }
  assert.equal(await stateOf(code), 'CONSUMED')
})

test('a holder of six codes who redeems them together for a card of 2 each redeems two', async () => {
  const card_id = await createCard(client, 'GROUPON', { use_limit: 2 })
  const codes = await together(6, () => receive(client, card_id, 'family'))
  const answers = await Promise.all(codes.map(consume))
  assert.deepEqual(countErrcodes(answers), { 0: 2, 40147: 4 })
  const states = await Promise.all(codes.map(stateOf))
  assert.deepEqual(
    states,
    answers.map((answer) => (isDone(answer) ? 'CONSUMED' : 'NORMAL')),
  )
})

test('where a code is redeemed and refunded in the same moment, exactly one of the two happens', async () => {
  const card_id = await createCard(client)
  const codes = await together(40, () => receive(client, card_id))
  await Promise.all(
    codes.map(async (code, place) => {
      const acts = place % 2 === 0 ? [consume, makeUnavailable] : [makeUnavailable, consume]
      const [first, second] = await Promise.all(acts.map((act) => act(code)))
      const [consumed, refunded] = place % 2 === 0 ? [first!, second!] : [second!, first!]
      const expected = isDone(consumed) ? [0, 40099, 'CONSUMED'] : [40127, 0, 'UNAVAILABLE']
      assert.deepEqual([consumed.errcode, refunded.errcode, await stateOf(code)], expected)
    }),
  )
})

test('the stock is right after it was raised, lowered and received from at once', async () => {
  const card_id = await createCard(client, 'GROUPON', { sku: { quantity: 20 } })
  // Of every three requests one changes the stock: +1, -2, +3, -4, +5, then from the start.
  const changes = Array.from({ length: 150 }, (_, place) => (place % 3 === 0 ? STEPS[(place / 3) % 5]! : undefined))
  const answers = await Promise.all(
    changes.map((by) => (by === undefined ? tryToReceive(card_id) : modifyStock(card_id, by))),
  )
  const received = countErrcodes(answers.filter((_, place) => changes[place] === undefined))
  const { 0: codes = 0, 45031: none = 0 } = received
  console.log(received, countErrcodes(answers.filter((_, place) => changes[place] !== undefined)))
  assert.equal(codes + none, 100, `whoever receives nothing hears that nothing is left: ${JSON.stringify(received)}`)
  for (const [place, { errcode }] of answers.entries()) {
    if (changes[place] !== undefined && errcode !== 0) {
      assert.ok(errcode === 40122 && changes[place] < 0, 'a change is refused only where it takes more than is left')
    }
  }
  const total_quantity = changes.reduce<number>(
    (sum, by, place) => (isDone(answers[place]!) ? sum + (by ?? 0) : sum),
    20,
  )
  assert.deepEqual(await stockOf(card_id), { quantity: total_quantity - codes, total_quantity })
})

test('a card deleted while 64 holders ask for it keeps exactly the codes that were handed out', async () => {
  const card_id = await createCard(client)
  const answers = await together(65, (place) =>
    place === 32 ? client.post('/card/delete', { card_id }) : tryToReceive(card_id),
  )
  const [deleted] = answers.splice(32, 1)
  assert.equal(deleted?.errcode, 0)
  const { 0: codes = 0, 40078: late = 0 } = countErrcodes(answers)
  console.log({ codes, late })
  assert.equal(codes + late, 64)
  assert.deepEqual(await stockOf(card_id), { quantity: 100 - codes, total_quantity: 100 })
  const redeemed = await Promise.all(codesIn(answers).map(consume))
  assert.ok(redeemed.every(isDone), 'and those are as good as before')
})

test('of 32 who delete one card together, one does', async () => {
  const card_id = await createCard(client)
  const answers = await together(32, () => client.post('/card/delete', { card_id }))
  assert.deepEqual(countErrcodes(answers), { 0: 1, 40078: 31 })
})

test('16 programs that fetch a token for one merchant in the same moment can all work with theirs', async () => {
  const clients = await together(16, () => connect(server.url, merchant))
  assert.equal(new Set(clients.map(({ access_token }) => access_token)).size, 16)
  await Promise.all(clients.map((each) => each.ok('/card/batchget', { offset: 0, count: 1 })))
})

test('after all that, the facts and the tables agree', () => assertClean(server))
