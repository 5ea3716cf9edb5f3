import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as after } from 'node:timers/promises'
import { createCard, getCard, newOpenid } from '../support/acts.ts'
import { connect, type Answer } from '../support/client.ts'
import { newKey, withKeys, type AskWithKey } from '../support/keyed.ts'
import { randomOf, seedOf } from '../support/random.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { assertClean } from '../support/verify.ts'

/** Clients that repeat what was not answered, with the same key, while the server is killed again and again. */

const ROUNDS = 3
const CLIENTS = 24
const QUANTITY = 100_000

/** A receipt that one client asks for until it knows. */
interface Wish {
  openid: string
  key: string
  /** How often it was asked. */
  asked: number
  /** As it came. */
  answer?: string
}

const codeOf = (answer: string): string => {
  const { errcode, errmsg, code } = JSON.parse(answer) as Answer
  assert.equal(errcode, 0, errmsg)
  return String(code)
}

test('whoever repeats with a key through kill -9 gets exactly one code for each key', async (t) => {
  const random = randomOf(seedOf(t))
  let server = await startServer()
  t.after(() => server.kill())
  const merchant = await makeMerchant(server)
  let client = await connect(server.url, merchant)
  const card_id = await createCard(client, 'GROUPON', { sku: { quantity: QUANTITY } })
  const wishes: Wish[] = []
  let answers = 0
  const hasAnswered = (count: number): boolean => answers >= count

  /** False where the server is gone and the wish is still open. */
  async function pursue(wish: Wish, ask: AskWithKey): Promise<boolean> {
    wish.asked++
    try {
      wish.answer = await ask('/wallet/receive', { card_id, openid: wish.openid }, wish.key)
    } catch (error) {
      assert.match((error as NodeJS.ErrnoException).code ?? '', /^(ECONN|EPIPE)/, String(error))
      return false
    }
    answers++
    return true
  }

  /** One client: first what it still waits for, then one wish after the other, until the server is gone. */
  async function work(ask: AskWithKey, open: Wish | undefined): Promise<void> {
    for (let wish = open; ; wish = undefined) {
      if (!wish) wishes.push((wish = { openid: newOpenid(), key: newKey(), asked: 0 }))
      if (!(await pursue(wish, ask))) return
    }
  }

  for (let round = 1; round <= ROUNDS; round++) {
    const ask = withKeys(server, client)
    const open = wishes.filter(({ answer }) => answer === undefined)
    const enough = answers + CLIENTS + random.below(300)
    const working = Promise.all(Array.from({ length: CLIENTS }, (_, place) => work(ask, open[place])))
    while (!hasAnswered(enough)) await after(1)
    // A moment of chance, so that every step of a commit is hit once.
    await after(random.below(12))
    await server.kill()
    await working
    assert.ok(
      wishes.some(({ answer }) => answer === undefined),
      'it was at work when it was killed',
    )
    server = await startServer({ DATA_DIR: server.data_dir })
    client = await connect(server.url, merchant)
  }

  const ask = withKeys(server, client)
  const last = wishes.filter(({ answer }) => answer === undefined)
  const { quantity } = (await getCard(client, card_id)).base_info.sku
  const happened = QUANTITY - quantity - (wishes.length - last.length)
  assert.ok((await Promise.all(last.map((wish) => pursue(wish, ask)))).every(Boolean), 'now the server stays')
  const repeated = wishes.filter(({ asked }) => asked > 1).length
  t.diagnostic(`${wishes.length} keys, ${repeated} repeated; of the last ${last.length} ${happened} had happened`)
  assert.ok(repeated > 0)

  const codes = wishes.map(({ answer }) => codeOf(answer!))
  assert.equal(new Set(codes).size, wishes.length, 'a code of its own for each key')
  assert.equal((await getCard(client, card_id)).base_info.sku.quantity, QUANTITY - wishes.length)
  await Promise.all(
    wishes.map(async ({ openid, key, answer }, place) => {
      const { card_list } = await client.ok('/card/user/getcardlist', { openid })
      assert.deepEqual(card_list, [{ card_id, code: codes[place] }])
      assert.equal(await ask('/wallet/receive', { card_id, openid }, key), answer)
    }),
  )
  assert.equal(await server.stop(), 0)
  await assertClean(server)
})
