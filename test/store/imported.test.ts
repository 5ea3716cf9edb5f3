import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Expiry } from '../../src/jobs/expire.ts'
import { commitBatch, settle } from '../../src/ledger/batch.ts'
import { openImporter } from '../../src/ledger/import.ts'
import { openLedger } from '../../src/ledger/ledger.ts'
import { verify } from '../../src/ledger/verify.ts'
import { openStore, openStoreForWriting } from '../../src/store/open.ts'
import { newCard, newCustomCard, newMerchant, receive } from '../support/ask.ts'
import { commit, everythingIn, NEW_PLACES, newDataDir, toolsOf, waiting } from '../support/data.ts'
import { aFace, APPID, NOW, RANGE } from '../support/given.ts'
import { startCutter } from '../support/cutter.ts'
import { databaseOf } from '../support/place.ts'
import type { Asked } from '../support/random-commands.ts'

/** Codes that came with an import are as good as those that were received where they are. */

/** How many codes are looked at at once when a card's range has ended. */
const PAGE = 200

const number = (n: number): string => String(n).padStart(12, '0')

/** Of a card whose page of codes ends between a code that was given away and the one that the friend has for it. */
async function factsOfShop() {
  const data_dir = newDataDir()
  const writer = openStoreForWriting(data_dir)
  const face = aFace({ base_info: { get_limit: 1000 } })
  commit(
    writer,
    newMerchant(),
    newCard('p_card', { face, quantity: 1000 }),
    ...Array.from({ length: PAGE - 1 }, (_, n) => receive('p_card', `o_${n % 7}`, number(n))),
  )
  commit(
    writer,
    receive('p_card', 'o_giver', number(500)),
    {
      command: 'giveCode',
      request: { code: number(500), card_id: 'p_card', openid: 'o_giver', gift_ticket: 'ticket' },
    },
    {
      command: 'acceptGift',
      request: { gift_ticket: 'ticket', openid: 'o_friend', fresh_codes: [number(600)] },
    },
  )
  await writer.close()
  return everythingIn(data_dir)[0]!.facts
}

const facts = await factsOfShop()
for (const [engine, newPlace] of Object.entries(NEW_PLACES)) {
  test(`on ${engine}, of the codes that were imported together every one expires with its card`, async (t) => {
    const place = await newPlace()
    const importer = await openImporter(place)
    assert.equal(await importer.bringIn(APPID, facts), facts.length)
    await importer.close()

    const ledger = await openLedger({ ...place, time_zone: 'Asia/Shanghai' })
    const store = await openStore(place)
    t.after(async () => {
      store.close()
      await ledger.close()
    })
    // The card's range ended years ago, and the shop's clock says so.
    assert.ok(NOW < Date.now() / 1000)
    await new Expiry(store, ledger).findDue(APPID, Math.floor(Date.now() / 1000))
    const held = await store.codesOfHolder(APPID, 'o_friend', 'p_card')
    assert.deepEqual(
      held.map((one) => `${one.held.code} ${one.held.status}`),
      [`${number(600)} EXPIRE`],
    )
    assert.equal((await store.codes(APPID, number(0)))[0]?.held.status, 'EXPIRE')
  })
}

test('an import whose way to PostgreSQL is cut says what to do, and goes on where it was', async (t) => {
  const data_dir = newDataDir()
  const direct = await databaseOf(data_dir)
  const cutter = await startCutter(direct)
  t.after(() => cutter.close())
  const cutOff = await openImporter({ data_dir, database_url: cutter.url })
  const half = facts.slice(0, facts.length / 2)
  assert.equal(await cutOff.bringIn(APPID, half), half.length)
  cutter.cutWhere(number(600))
  await assert.rejects(cutOff.bringIn(APPID, facts), /^Error: DATABASE_URL: .*begin the import anew/)
  await cutOff.close()

  const again = await openImporter({ data_dir, database_url: direct })
  assert.equal(await again.bringIn(APPID, facts), facts.length - half.length)
  await again.close()
})

/** Two codes expire on their way to a friend; then one gets another number, and the other the one that became free. */
async function factsOfExchange() {
  const data_dir = newDataDir()
  const writer = openStoreForWriting(data_dir)
  const done = (now: number, ...asked: Asked[]): void => {
    for (const outcome of commitBatch(waiting(asked), { ...toolsOf(writer), now: () => now })) settle(outcome)
  }
  const renumber = (code: string, new_code: string): Asked => ({
    command: 'updateCode',
    request: { code, card_id: 'p_custom', new_code },
  })
  done(NOW, newMerchant(), newCustomCard('p_custom'))
  for (const code of ['A', 'B']) {
    const given = { code, card_id: 'p_custom', openid: 'o_giver', gift_ticket: `ticket of ${code}` }
    done(NOW, receive('p_custom', 'o_giver', '', { code }), { command: 'giveCode', request: given })
  }
  const codes = ['A', 'B'].map((code) => ({ code, card_id: 'p_custom' }))
  done(RANGE.end_timestamp! + 1, { command: 'expireCodes', request: { codes } })
  done(RANGE.end_timestamp! + 1, renumber('B', 'X'))
  done(RANGE.end_timestamp! + 1, renumber('A', 'B'))
  await writer.close()
  return everythingIn(data_dir)[0]!.facts
}

const exchange = await factsOfExchange()

for (const [engine, newPlace] of Object.entries(NEW_PLACES)) {
  test(`on ${engine}, codes that exchange numbers keep their gifts apart`, async () => {
    const place = await newPlace()
    const importer = await openImporter(place)
    assert.equal(await importer.bringIn(APPID, exchange.slice(0, -2)), exchange.length - 2)
    assert.equal(await importer.bringIn(APPID, exchange.slice(-2)), 2)
    await importer.close()
    assert.deepEqual((await verify(place)).differences, [])
  })
}
