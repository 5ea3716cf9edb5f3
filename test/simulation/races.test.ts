import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard, lookUp, newOpenid, receive } from '../support/acts.ts'
import { countErrcodes, isDone, together } from '../support/answers.ts'
import { connect, type Answer } from '../support/client.ts'
import { advance, codesOf, give, take, takeCustom, type InHand } from '../support/hand.ts'
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

const tryToAccept = (gift_ticket: string, openid = newOpenid()): Promise<Answer> =>
  client.post('/wallet/gift/accept', { gift_ticket, openid })

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

test('of 32 friends who take one gift together, one gets it and the others hear that it is gone', async () => {
  const generated = await createCard(client)
  const custom = await createCard(client, 'GROUPON', { use_custom_code: true })
  for (const hand of [await take(client, generated), await takeCustom(client, custom)]) {
    const { gift_ticket } = await give(client, hand)
    const friends = Array.from({ length: 32 }, () => newOpenid())
    const answers = await Promise.all(friends.map((openid) => tryToAccept(gift_ticket, openid)))
    assert.deepEqual(countErrcodes(answers), { 0: 1, 40080: 31 })
    const [code] = codesIn(answers)
    const winner = friends[answers.findIndex(isDone)]!
    assert.equal((await lookUp(client, code!, hand.card_id))['openid'], winner)
    const lists = await Promise.all([hand.openid, ...friends].map((openid) => codesOf(client, openid)))
    assert.deepEqual(lists.flat(), [code], 'and it is in one list only')
  }
})

/**
 * Does two things to each of 40 codes at once, in turns the one or the other first; the answers in the order of the
 * acts.
 */
async function race(
  hands: readonly InHand[],
  acts: readonly [act: (place: number) => Promise<Answer>, against: (place: number) => Promise<Answer>],
): Promise<[Answer, Answer][]> {
  return Promise.all(
    hands.map(async (_, place): Promise<[Answer, Answer]> => {
      const [act, against] = acts
      if (place % 2 === 0) return Promise.all([act(place), against(place)])
      const [second, first] = await Promise.all([against(place), act(place)])
      return [first, second]
    }),
  )
}

const gifts = async (card_id: string) => {
  const hands = await together(40, () => take(client, card_id))
  return {
    hands,
    tickets: (await Promise.all(hands.map((hand) => give(client, hand)))).map((gift) => gift.gift_ticket),
  }
}

test('where a gift is taken and taken back in the same moment, exactly one of the two happens', async () => {
  const { hands, tickets } = await gifts(await createCard(client))
  const answers = await race(hands, [
    (place) => tryToAccept(tickets[place]!),
    (place) => client.post('/wallet/gift/return', { gift_ticket: tickets[place], openid: hands[place]!.openid }),
  ])
  for (const [place, [taken, back]] of answers.entries()) {
    const { code, openid } = hands[place]!
    assert.deepEqual([taken.errcode, back.errcode], isDone(taken) ? [0, 40080] : [40080, 0])
    assert.deepEqual(await codesOf(client, openid), isDone(taken) ? [] : [code])
  }
})

test('where a gift is taken and refunded in the same moment, exactly one of the two happens', async () => {
  const { hands, tickets } = await gifts(await createCard(client))
  const answers = await race(hands, [
    (place) => tryToAccept(tickets[place]!),
    (place) => makeUnavailable(hands[place]!.code),
  ])
  for (const [place, [taken, refunded]] of answers.entries()) {
    if (isDone(taken)) {
      assert.equal(refunded.errcode, 40056)
      assert.equal(await stateOf(String(taken['code'])), 'NORMAL')
    } else {
      assert.equal(refunded.errcode, 0, refunded.errmsg)
      assert.equal(await stateOf(hands[place]!.code), 'UNAVAILABLE')
    }
  }
})

test('where a code is redeemed and given away in the same moment, exactly one of the two happens', async () => {
  const card_id = await createCard(client)
  const hands = await together(40, () => take(client, card_id))
  const answers = await race(hands, [
    (place) => consume(hands[place]!.code),
    (place) => client.post('/wallet/gift', hands[place]!),
  ])
  for (const [place, [consumed, given]] of answers.entries()) {
    const expected = isDone(consumed) ? [0, 40127, 'CONSUMED'] : [40127, 0, 'GIFTING']
    assert.deepEqual([consumed.errcode, given.errcode, await stateOf(hands[place]!.code)], expected)
  }
})

test('once a gift is over, its giver redeems it and gives it again in the same moment: exactly one of the two happens', async () => {
  const sandbox = await connect(server.url, await makeMerchant(server, '--sandbox'))
  const card_id = await createCard(sandbox)
  const hands = await together(40, () => take(sandbox, card_id))
  await Promise.all(hands.map((hand) => give(sandbox, hand)))
  await advance(sandbox, 2 * 86_400)
  const answers = await race(hands, [
    (place) => sandbox.post('/card/code/consume', hands[place]!),
    (place) => sandbox.post('/wallet/gift', hands[place]!),
  ])
  for (const [consumed, given] of answers) {
    assert.deepEqual([consumed.errcode, given.errcode], isDone(consumed) ? [0, 40127] : [40127, 0])
  }
})

test('of 32 codes that get the same new number together, one does and the others keep theirs', async () => {
  const card_id = await createCard(client, 'GROUPON', { use_custom_code: true })
  const hands = await together(32, () => takeCustom(client, card_id))
  const answers = await Promise.all(
    hands.map((hand) => client.post('/card/code/update', { ...hand, new_code: 'WANTED' })),
  )
  assert.deepEqual(countErrcodes(answers), { 0: 1, 40111: 31 })
  const { openid } = await lookUp(client, 'WANTED', card_id)
  assert.equal(openid, hands[answers.findIndex(isDone)]!.openid)
  const lists = await Promise.all(hands.map((hand) => codesOf(client, hand.openid)))
  assert.deepEqual(
    lists,
    hands.map(({ code }, place) => [isDone(answers[place]!) ? 'WANTED' : code]),
  )
})

test('a code that gets two new numbers in the same moment has the first of them', async () => {
  const card_id = await createCard(client, 'GROUPON', { use_custom_code: true })
  const hands = await together(20, () => takeCustom(client, card_id))
  await Promise.all(
    hands.map(async (hand) => {
      const names = [`${hand.code}-a`, `${hand.code}-b`]
      const answers = await Promise.all(
        names.map((new_code) => client.post('/card/code/update', { ...hand, new_code })),
      )
      assert.deepEqual(countErrcodes(answers), { 0: 1, 40056: 1 })
      assert.deepEqual(await codesOf(client, hand.openid), [names[answers.findIndex(isDone)]])
    }),
  )
})

test('a member card that comes back 16 times at once comes back once', async () => {
  const card_id = await createCard(client, 'MEMBER_CARD')
  const hand = await take(client, card_id)
  await client.ok('/wallet/delete', hand)
  const answers = await together(16, () => client.post('/wallet/restore', { card_id, openid: hand.openid }))
  assert.deepEqual(countErrcodes(answers), { 0: 1, 40056: 15 })
  assert.deepEqual(await codesOf(client, hand.openid), [hand.code])
})

test('after all that, the facts and the tables agree', () => assertClean(server))
