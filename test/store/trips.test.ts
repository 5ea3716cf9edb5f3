import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { openImporter } from '../../src/ledger/import.ts'
import { openLedger } from '../../src/ledger/ledger.ts'
import { verify } from '../../src/ledger/verify.ts'
import { openStoreForWriting } from '../../src/store/open.ts'
import {
  depositSome,
  modifyStock,
  newCard,
  newCustomCard,
  newDepositCard,
  newMerchant,
  receive,
} from '../support/ask.ts'
import { startCutter, type Cutter } from '../support/cutter.ts'
import { commit, everythingIn, newDataDir } from '../support/data.ts'
import { aFace, APPID, term } from '../support/given.ts'
import { databaseOf } from '../support/place.ts'
import type { Asked } from '../support/random-commands.ts'

/** A trip to a database elsewhere takes longer than what it does there: what many codes ask for is fetched in few. */

const FEW = 12

const number = (n: number): string => String(n).padStart(12, '0')

/** A database, and the way there, which counts. */
async function farAway(t: TestContext): Promise<{ cutter: Cutter; place: { data_dir: string; database_url: string } }> {
  const data_dir = newDataDir()
  const cutter = await startCutter(await databaseOf(data_dir))
  t.after(() => cutter.close())
  return { cutter, place: { data_dir, database_url: cutter.url } }
}

async function factsOf(history: readonly Asked[]) {
  const data_dir = newDataDir()
  const writer = openStoreForWriting(data_dir)
  for (const outcome of commit(writer, ...history)) assert.ok('answer' in outcome, JSON.stringify(outcome))
  await writer.close()
  return everythingIn(data_dir)[0]!.facts
}

test('a request that names a hundred codes asks the database as seldom as one that names few', async (t) => {
  const { cutter, place } = await farAway(t)
  const ledger = await openLedger({ ...place, time_zone: 'Asia/Shanghai' })
  t.after(() => ledger.close())
  const tripsOf = async ({ command, request }: Asked): Promise<number> => {
    const before = cutter.sent
    await ledger.commit(APPID, command, request as never)
    return cutter.sent - before
  }
  await tripsOf(newMerchant({ sandbox: true }))
  await tripsOf(newDepositCard('p_deposit'))
  await tripsOf(depositSome('p_deposit', 1))
  assert.ok((await tripsOf(depositSome('p_deposit', 100, 1))) <= FEW)

  await tripsOf(newCard('p_term', { face: aFace({ base_info: { date_info: term(1), get_limit: 1000 } }) }))
  const codes = Array.from({ length: 100 }, (_, n) => ({ code: number(n), card_id: 'p_term' }))
  await Promise.all(codes.map(({ code }) => tripsOf(receive('p_term', `o_${code}`, code))))
  await tripsOf({ command: 'moveClock', request: { by: 3 * 86_400 } })
  assert.ok((await tripsOf({ command: 'expireCodes', request: { codes } })) <= FEW)
})

test('facts of deposited codes, of codes with another number and of gifts are brought in with few questions', async (t) => {
  const facts = await factsOf([
    newMerchant(),
    newDepositCard('p_deposit'),
    ...Array.from({ length: 5 }, (_, n) => depositSome('p_deposit', 100, n * 100)),
    modifyStock('p_deposit', 500),
    ...Array.from({ length: 200 }, (_, n) => receive('p_deposit', `o_${n % 9}`, '')),
    newCustomCard('p_custom'),
    newCard('p_card'),
    ...Array.from({ length: 20 }, (_, n) => receive('p_custom', `o_${n}`, '', { code: `C${n}` })),
    ...Array.from({ length: 20 }, (_, n) => receive('p_card', `o_${n}`, number(n))),
    ...Array.from({ length: 10 }, (_, n): Asked => ({
      command: 'updateCode',
      request: { code: `C${n}`, card_id: 'p_custom', new_code: `N${n}` },
    })),
    ...Array.from({ length: 10 }, (_, n): Asked[] => [
      { command: 'giveCode', request: { code: number(n), openid: `o_${n}`, gift_ticket: `gift ${n}` } },
      {
        command: 'acceptGift',
        request: { gift_ticket: `gift ${n}`, openid: 'o_friend', fresh_codes: [number(900 + n)] },
      },
    ]).flat(),
    ...Array.from({ length: 10 }, (_, n): Asked[] => [
      {
        command: 'createTicket',
        request: { ticket: `ticket ${n}`, expire_seconds: 60, is_unique_code: true, offers: [{ card_id: 'p_card' }] },
      },
      receive('p_card', `o_${50 + n}`, number(50 + n), { ticket: `ticket ${n}` }),
    ]).flat(),
  ])
  const { cutter, place } = await farAway(t)
  const importer = await openImporter(place)
  const before = cutter.sent
  assert.equal(await importer.bringIn(APPID, facts), facts.length)
  assert.ok(cutter.sent - before <= FEW, `${cutter.sent - before} trips for ${facts.length} facts`)
  await importer.close()
  assert.deepEqual((await verify(place)).differences, [])
})
