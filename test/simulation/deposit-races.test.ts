import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { getCard, lookUp, newOpenid } from '../support/acts.ts'
import { countErrcodes, isDone, together } from '../support/answers.ts'
import { connect, type Answer } from '../support/client.ts'
import { createDepositCard, createFullPool, numbered } from '../support/deposit.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { assertClean } from '../support/verify.ts'

/** Many who draw from one pool of deposited codes, or scan one QR code, in the same moment. */

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server))

const draw = (card_id: string, more: object = {}): Promise<Answer> =>
  client.post('/wallet/receive', { card_id, openid: newOpenid(), ...more })

const drawn = (answers: readonly Answer[]): string[] => answers.filter(isDone).map(({ code }) => String(code))

test('of a hundred holders who draw at once from a pool of 60, sixty get different codes', async () => {
  const codes = numbered('A', 60)
  const card_id = await createFullPool(client, codes)
  const answers = await together(100, () => draw(card_id))
  assert.deepEqual(countErrcodes(answers), { 0: 60, 45031: 40 })
  assert.deepEqual(drawn(answers).sort(), codes)
  for (const { code, openid } of answers.filter(isDone)) {
    assert.equal((await lookUp(client, String(code), card_id))['openid'], openid)
  }
})

test('the same while codes are deposited and the stock is raised and lowered', async () => {
  const card_id = await createFullPool(client, numbered('A', 20))
  let deposited = 20
  let total_quantity = 20
  const answers = await together(150, async (place) => {
    if (place % 3 === 0) {
      const code = numbered(`D${place}`, 3)
      const answer = await client.ok('/card/code/deposit', { card_id, code })
      assert.deepEqual(answer['succ_code'], code)
      deposited += 3
      return undefined
    }
    if (place % 3 === 2) return draw(card_id)
    const by = place % 5 === 0 ? -2 : 2
    const key = by > 0 ? 'increase_stock_value' : 'reduce_stock_value'
    const answer = await client.post('/card/modifystock', { card_id, [key]: 2 })
    assert.ok([0, by > 0 ? 40136 : 40122].includes(answer.errcode), answer.errmsg)
    if (isDone(answer)) total_quantity += by
    return undefined
  })
  const draws = answers.filter((answer) => answer !== undefined)
  const { 0: received = 0, 45031: none = 0 } = countErrcodes(draws)
  console.log({ received, none, deposited, total_quantity })
  assert.equal(received + none, 50)
  assert.equal(new Set(drawn(draws)).size, received)
  assert.deepEqual((await getCard(client, card_id)).base_info.sku, {
    quantity: total_quantity - received,
    total_quantity,
  })
  assert.ok(total_quantity <= deposited, 'the stock was never above the pool')
  assert.equal((await client.ok('/card/code/getdepositcount', { card_id }))['count'], deposited)
  // What is left can be handed out to the last code.
  await client.post('/card/modifystock', { card_id, increase_stock_value: deposited - total_quantity })
  const rest = await together(deposited - received, () => draw(card_id))
  assert.deepEqual(countErrcodes(rest), { 0: deposited - received })
  assert.equal(new Set(drawn([...draws, ...rest])).size, deposited)
  assert.equal((await draw(card_id)).errcode, 45031)
})

test('of 16 who deposit the same hundred codes at once, each code is kept for one of them', async () => {
  const card_id = await createDepositCard(client)
  const code = numbered('S', 100)
  const answers = await together(16, () => client.ok('/card/code/deposit', { card_id, code }))
  const kept = answers.flatMap(({ succ_code }) => succ_code as string[])
  assert.deepEqual(kept.sort(), code)
  assert.equal(answers.flatMap(({ duplicate_code }) => duplicate_code as string[]).length, 1500)
  assert.equal((await client.ok('/card/code/getdepositcount', { card_id }))['count'], 100)
})

test('of 32 who scan a QR code that is good once, one receives a code and the others hear that it is used up', async () => {
  const card_id = await createFullPool(client, numbered('Q', 40))
  const { ticket } = await client.ok('/card/qrcode/create', {
    action_name: 'QR_CARD',
    action_info: { card: { card_id, is_unique_code: true } },
  })
  const answers = await together(32, () => draw(card_id, { ticket }))
  assert.deepEqual(countErrcodes(answers), { 0: 1, 40080: 31 })
  assert.deepEqual((await getCard(client, card_id)).base_info.sku, { quantity: 39, total_quantity: 40 })
})

test('after all that, the facts and the tables agree', () => assertClean(server))
