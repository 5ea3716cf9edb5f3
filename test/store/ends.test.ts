import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStore } from '../../src/store/open.ts'
import type { EndPlace } from '../../src/store/store.ts'
import { consume, newCard, newMerchant, receive } from '../support/ask.ts'
import { NEW_PLACES, openCommitting, toolsOf, waiting } from '../support/data.ts'
import { aFace, APPID, NOW, term } from '../support/given.ts'
import type { Asked } from '../support/random-commands.ts'

/** Codes of a validity of their own that have ended, as they are read in pages. */

const CODES = 100
const MOST = 7

const number = (n: number): string => String(n).padStart(12, '0')

/**
 * All were received on one day, and so end in one second. One was given away: it was received before most, and its
 * friend’s number last.
 */
const HISTORY: Asked[] = [
  newMerchant(),
  ...['p_one', 'p_other'].map((card_id) =>
    newCard(card_id, { face: aFace({ base_info: { get_limit: 1000, date_info: term(3) } }), quantity: 1000 }),
  ),
  ...Array.from({ length: CODES }, (_, n) => receive(n % 3 ? 'p_one' : 'p_other', `o_${n % 7}`, number(n))),
  consume(number(1)),
  { command: 'giveCode', request: { code: number(2), openid: 'o_2', gift_ticket: 'ticket' } },
  {
    command: 'acceptGift',
    request: { gift_ticket: 'ticket', openid: 'o_friend', fresh_codes: [number(500)] },
  },
]

for (const [engine, newPlace] of Object.entries(NEW_PLACES)) {
  test(`on ${engine}, however many codes end in one second, a page has only so many as are asked for, and each comes once`, async (t) => {
    const place = await newPlace()
    const shop = await openCommitting(place)
    const { calendar } = toolsOf(undefined as never)
    for (const outcome of await shop.commit(waiting(HISTORY), { calendar, now: () => NOW })) {
      assert.ok('answer' in outcome, JSON.stringify(outcome))
    }
    await shop.close()
    const store = await openStore(place)
    t.after(() => store.close())
    const found: string[] = []
    let pages = 0
    let after: EndPlace | undefined = { end_time: -1, card: 0, place: 0 }
    while (after) {
      const { codes, last }: Awaited<ReturnType<typeof store.ownExpired>> = await store.ownExpired(
        APPID,
        after,
        NOW * 2,
        MOST,
      )
      assert.ok(codes.length <= MOST, `${codes.length} at once`)
      found.push(...codes.map(({ code }) => code))
      after = last
      pages++
    }
    assert.equal(pages, Math.ceil(CODES / MOST) + 1)
    const expected = [...Array.from({ length: CODES }, (_, n) => number(n)), number(500)]
    assert.deepEqual(
      found.toSorted(),
      expected.filter((code) => code !== number(1) && code !== number(2)),
    )
  })
}
