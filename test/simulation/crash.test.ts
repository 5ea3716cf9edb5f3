import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as after } from 'node:timers/promises'
import { connect } from '../support/client.ts'
import { Book, redeemAll, settle, startLoad } from '../support/load.ts'
import { randomOf, seedOf } from '../support/random.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { assertClean } from '../support/verify.ts'

/** The server is killed in the middle of its work, with no chance to finish anything. */

const ROUNDS = 5

/** Little enough stock that it sometimes runs out. */
const QUANTITIES = [40, 200, 100_000]

test('whatever was acknowledged before a kill -9 is there after it, round after round', async (t) => {
  const random = randomOf(seedOf(t))
  let server = await startServer()
  t.after(() => server.kill())
  const merchant = await makeMerchant(server)
  let client = await connect(server.url, merchant)
  const book = await Book.ofNewCards(client, QUANTITIES)

  for (let round = 1; round <= ROUNDS; round++) {
    const load = startLoad(client, book, random)
    await load.answered(100 + random.below(400))
    // A moment of chance, so that every step of a commit is hit once.
    await after(random.below(12))
    await server.kill()
    await load.ended
    const { unanswered } = book
    assert.ok(unanswered > 0, 'it was at work when it was killed')

    await assertClean(server)
    server = await startServer({ DATA_DIR: server.data_dir })
    client = await connect(server.url, merchant)
    const happened = await settle(client, book)
    t.diagnostic(`round ${round}: ${book.codes.length} codes; of ${unanswered} without an answer ${happened} happened`)
  }

  await redeemAll(client, book)
  assert.equal(await server.stop(), 0)
  await assertClean(server)
})
