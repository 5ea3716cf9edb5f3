import assert from 'node:assert/strict'
import { cpSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  consume,
  makeUnavailable,
  modifyStock,
  newCard,
  newCustomCard,
  newMerchant,
  receive,
  view,
} from '../../test/support/ask.ts'
import { commit, newDataDir, query, sql, toolsOf, waiting } from '../../test/support/data.ts'
import { APPID } from '../../test/support/given.ts'
import { history } from '../../test/support/random-commands.ts'
import { openScratchStore, openStoreForWriting } from '../store/open.ts'
import { commitBatch } from './batch.ts'
import { verify } from './verify.ts'

const CODES = ['000000000001', '000000000002', '000000000003', '000000000004', '000000000005'] as const

/** Two merchants, of whom the first has two cards and codes in several states. */
async function makeShop(): Promise<string> {
  const data_dir = newDataDir()
  const writer = openScratchStore(data_dir)
  commit(
    writer,
    newMerchant(),
    newCard('p_card', { quantity: 2 }),
    modifyStock('p_card', 5),
    ...CODES.map((code, n) => receive('p_card', `o_${n % 2}`, code, { outer_str: 'poster' })),
    consume(CODES[0]),
    makeUnavailable(CODES[1], '退款'),
    newCustomCard('p_custom'),
    receive('p_custom', 'o_1', '', { code: '券-1' }),
    view('p_card', 'o_9'),
    { command: 'giveCode', request: { code: '券-1', card_id: 'p_custom', openid: 'o_1', gift_ticket: 'ticket' } },
    { command: 'acceptGift', request: { gift_ticket: 'ticket', openid: 'o_0', fresh_codes: [] } },
    { ...newMerchant(), appid: 'wx_other' },
    { ...newCard('p_other'), appid: 'wx_other' },
    { ...receive('p_other', 'o_1', CODES[0]), appid: 'wx_other' },
  )
  await writer.close()
  return data_dir
}

const shop = await makeShop()

/** What verify says after something was done to a copy of the shop behind the program's back. */
async function differencesAfter(tampering: string): Promise<string[]> {
  const data_dir = newDataDir()
  cpSync(shop, data_dir, { recursive: true })
  sql(data_dir, tampering)
  return (await verify({ data_dir })).differences
}

test('data that nobody touched are clean, and told in figures', async () => {
  assert.deepEqual(await verify({ data_dir: shop }), { merchants: 2, facts: 21, rows: 2 + 3 + 7 + 2, differences: [] })
})

test('nothing is as clean as something', async () => {
  const data_dir = newDataDir()
  await openScratchStore(data_dir).close()
  assert.deepEqual(await verify({ data_dir }), { merchants: 0, facts: 0, rows: 0, differences: [] })
})

// Who tampers, and what verify has to say of it.
for (const { what, how, names } of [
  {
    what: 'the status of a code',
    how: `update code set status = 0 where code = '${CODES[0]}'`,
    names: /^wx_test: code 000000000001 of p_card is .*"NORMAL".*by the facts .*"CONSUMED"/,
  },
  {
    what: 'the end of a code',
    how: `update code set begin_time = 5, end_time = 9 where code = '${CODES[2]}'`,
    names: /^wx_test: code 000000000003 of p_card is /,
  },
  {
    what: 'the channel of a code',
    how: `update code set outer_str = 'friend' where code = '${CODES[2]}'`,
    names: /^wx_test: code 000000000003 of p_card is .*"friend".*"poster"/,
  },
  {
    what: 'the holder of a code',
    how: `update code set holder = (select holder from holder where openid = 'o_1') where code = '${CODES[0]}'`,
    names: /^wx_test: code 000000000001 of p_card is .*"o_1".*"o_0"/,
  },
  {
    what: 'the latest fact of a code',
    how: `update code set fact = fact - 1 where code = '${CODES[1]}'`,
    names: /^wx_test: code 000000000002 of p_card is /,
  },
  {
    what: 'a code that was deleted',
    how: `delete from code where code = '${CODES[3]}'`,
    names: /^wx_test: code 000000000004 of p_card follows from the facts and is not in its table$/,
  },
  {
    what: 'a code that was added',
    how: `insert into code (merchant, code, card, holder, status, begin_time, end_time, outer_str, fact)
          select merchant, '999999999999', card, holder, status, begin_time, end_time, outer_str, fact
            from code where code = '${CODES[3]}'`,
    names: /^wx_test: code 999999999999 of p_card is in its table and follows from no fact$/,
  },
  {
    what: 'a code of a card that does not exist',
    how: `insert into code (merchant, code, card, holder, status, begin_time, end_time, outer_str, fact)
          select merchant, '999999999999', 77, holder, status, begin_time, end_time, outer_str, fact
            from code where code = '${CODES[3]}'`,
    names: /999999999999/,
  },
  {
    what: 'a code of a holder that does not exist',
    how: `insert into code (merchant, code, card, holder, status, begin_time, end_time, outer_str, fact)
          select merchant, '999999999999', card, 77, status, begin_time, end_time, outer_str, fact
            from code where code = '${CODES[3]}'`,
    names: /999999999999/,
  },
  {
    what: 'the stock of a card',
    how: "update card set quantity = quantity - 1 where card_id = 'p_card'",
    names: /^wx_test: card p_card issued 6 of its stock, but has 5 codes$/,
  },
  {
    what: 'all that was ever offered of a card',
    how: "update card set quantity = quantity + 5, total_quantity = total_quantity + 5 where card_id = 'p_card'",
    names: /^wx_test: card p_card is .*"total_quantity":12.*by the facts .*"total_quantity":7/,
  },
  {
    what: 'the state of a card',
    how: "update card set status = 0 where card_id = 'p_card'",
    names: /^wx_test: card p_card is .*"CARD_STATUS_NOT_VERIFY"/,
  },
  {
    what: 'the text of a face',
    how: `update face set face = replace(face, '双人套餐', '单人套餐')
           where card = (select card from card where card_id = 'p_custom')`,
    names: /^wx_test: card p_custom is .*单人套餐.*by the facts .*双人套餐/,
  },
  {
    what: 'a face that is no JSON',
    how: "update face set face = '{' where card = (select card from card where card_id = 'p_custom')",
    names: /p_custom/,
  },
  {
    what: 'a face that was deleted',
    how: "delete from face where card = (select card from card where card_id = 'p_custom')",
    names: /p_custom/,
  },
  {
    what: 'a card that was deleted',
    how: "delete from card where card_id = 'p_custom'",
    names: /^wx_test: fact 12, card_created: /,
  },
  {
    what: 'what a holder received',
    how: "update counted set received = 1 where holder = (select holder from holder where openid = 'o_0')",
    names: /^wx_test: holders of p_custom received 2, but it has 1 codes$/,
  },
  {
    what: 'what a holder redeemed',
    how: "update counted set consumed = 2 where holder = (select holder from holder where openid = 'o_0')",
    names: /^wx_test: holder o_0 of p_custom redeemed 2, but 0 codes are CONSUMED$/,
  },
  {
    what: 'how many codes a holder has',
    how: "update counted set codes = 0 where holder = (select holder from holder where openid = 'o_0')",
    names: /^wx_test: holder o_0 of p_custom has 1 codes, and not 0$/,
  },
  {
    what: 'a holding that was deleted',
    how: "delete from counted where holder = (select holder from holder where openid = 'o_0')",
    names: /^wx_test: holding p_custom of o_0 follows from the facts and is not in its table$/,
  },
  {
    what: 'a holding that was added',
    how: `insert into counted (merchant, card, holder, codes, received, consumed)
          select merchant, card, (select holder from holder where openid = 'o_9'), 0, 0, 0
            from card where card_id = 'p_card'`,
    names: /^wx_test: holding p_card of o_9 is in its table and follows from no fact$/,
  },
  {
    what: 'counts that codes tell by themselves',
    how: `insert into counted (merchant, card, holder, codes, received, consumed)
          select merchant, card, (select holder from holder where openid = 'o_0'), 3, 3, 1
            from card where card_id = 'p_card'`,
    names: /^wx_test: holder o_0 of p_card has counts that the codes tell by themselves$/,
  },
  {
    what: 'a holder that was deleted',
    how: "delete from holder where openid = 'o_0'",
    names: /^wx_test: /,
  },
  {
    what: 'the secret of a merchant',
    how: "update merchant set secret_hash = 'mine' where appid = 'wx_other'",
    names: /^wx_other: merchant wx_other is .*"mine"/,
  },
  {
    what: 'the settings of a merchant',
    how: `update merchant set settings = replace(settings, 'automatic', 'manual') where appid = 'wx_other'`,
    names: /^wx_other: merchant wx_other is .*"manual"/,
  },
  {
    what: 'a merchant that was deleted',
    how: "delete from merchant where appid = 'wx_other'",
    names: /merchant/,
  },
  {
    what: 'a fact that was deleted',
    how: 'delete from fact where fact = 9 and merchant = 1',
    names: /^wx_test: fact 9 is missing, 10 follows$/,
  },
  {
    what: 'the change of stock that made the rest possible',
    how: 'delete from fact where fact = 4 and merchant = 1',
    names: /^wx_test: fact 4 is missing, 5 follows$/,
  },
  {
    what: 'the fact that made a card',
    how: 'delete from fact where fact = 2 and merchant = 1',
    names: /^wx_test: fact 3, card_approved: .*does not exist: p_card$/,
  },
  {
    what: 'the last fact about a code',
    how: `delete from fact where merchant = 1 and fact >= 13`,
    names: /^wx_test: code 券-1 of p_custom is in its table and follows from no fact$/,
  },
  {
    what: 'the code of a fact',
    how: "update fact set code = '999999999999' where fact = 10 and merchant = 1",
    names: /^wx_test: fact 10, code_consumed: .*does not exist: 999999999999 of p_card$/,
  },
  {
    what: 'the kind of a fact',
    how: 'update fact set kind = 22 where fact = 10 and merchant = 1',
    names: /^wx_test: code 000000000001 of p_card is .*"CONSUMED".*by the facts .*"UNAVAILABLE"/,
  },
  {
    what: 'a kind of fact that does not exist',
    how: 'update fact set kind = 99 where fact = 10 and merchant = 1',
    names: /fact 10/,
  },
  {
    what: 'a status that does not exist',
    how: `update code set status = 99 where code = '${CODES[0]}'`,
    names: /000000000001/,
  },
  {
    what: 'the number that a fact added to a stock',
    how: 'update fact set quantity = 50 where fact = 4 and merchant = 1',
    names: /^wx_test: card p_card is .*"quantity":2.*by the facts .*"quantity":47/,
  },
  {
    what: 'the fact before a fact',
    how: 'update fact set previous = 5 where fact = 11 and merchant = 1',
    names: /fact 11/,
  },
  {
    what: 'the history of a code that is cut off',
    how: 'update fact set previous = null where fact = 11 and merchant = 1',
    names: /fact 11/,
  },
  {
    what: 'the time of a fact about a card',
    how: 'update fact set at = at + 1 where fact = 2 and merchant = 1',
    names: /^wx_test: card p_card is /,
  },
  {
    what: 'a fact that was added',
    how: `insert into fact select merchant, 99, at, kind, previous, card, code, holder, begin_time, end_time, quantity, outer_str, detail
            from fact where fact = 14 and merchant = 1`,
    names: /^wx_test: fact 18 is missing, 99 follows$/,
  },
]) {
  test(`verify finds and names ${what}`, async () => {
    const differences = await differencesAfter(how)
    assert.ok(
      differences.some((difference) => names.test(difference)),
      JSON.stringify(differences),
    )
    assert.ok(differences.every((difference) => !difference.includes('\n')))
  })
}

test('what was done to one merchant is told of no other', async () => {
  const differences = await differencesAfter(`update code set status = 5 where code = '${CODES[0]}' and merchant = 2`)
  assert.ok(differences.length > 0)
  assert.ok(
    differences.every((difference) => difference.startsWith('wx_other: ')),
    JSON.stringify(differences),
  )
})

test('each difference is told as it is found', async () => {
  const data_dir = newDataDir()
  cpSync(shop, data_dir, { recursive: true })
  sql(data_dir, `update code set status = 4 where status = 0`)
  const told: string[] = []
  const { differences } = await verify({ data_dir }, (difference) => told.push(difference))
  assert.equal(differences.length, 5)
  assert.deepEqual(told, differences)
})

test('verify changes nothing, and leaves nothing behind, also where there is nothing to verify', async (t) => {
  const { TMPDIR } = process.env
  t.after(() => {
    if (TMPDIR === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = TMPDIR
  })
  const before = query(shop, 'select * from pragma_schema_version, pragma_user_version')
  const empty = newDataDir()
  const scratch = newDataDir()
  process.env['TMPDIR'] = scratch
  await verify({ data_dir: shop })
  assert.deepEqual(query(shop, 'select * from pragma_schema_version, pragma_user_version'), before)
  assert.deepEqual((await verify({ data_dir: shop })).differences, [])
  await assert.rejects(verify({ data_dir: empty }))
  assert.deepEqual(readdirSync(scratch), [])
})

test('any history is clean', async () => {
  await fc.assert(
    fc.asyncProperty(history(120), history(40), fc.integer({ min: 1, max: 40 }), async (one, two, size) => {
      const data_dir = newDataDir()
      const writer = openScratchStore(data_dir)
      const queue = waiting([...one, ...two.map((asked) => ({ ...asked, appid: 'wx_two' }))])
      while (queue.length > 0) commitBatch(queue.splice(0, size), toolsOf(writer))
      await writer.close()
      assert.deepEqual((await verify({ data_dir })).differences, [])
    }),
    { numRuns: 25 },
  )
})

test('a history longer than what is replayed at one go is clean', async () => {
  const data_dir = newDataDir()
  const writer = openScratchStore(data_dir)
  const codes = Array.from({ length: 4000 }, (_, n) => String(n).padStart(12, '0'))
  commit(writer, newMerchant(), newCard('p_card', { quantity: 10_000 }))
  commit(writer, ...codes.map((code, n) => receive('p_card', `o_${n % 100}`, code)))
  commit(writer, ...codes.map((code) => consume(code)))
  await writer.close()
  const { facts, differences } = await verify({ data_dir })
  assert.equal(facts, 8003)
  assert.deepEqual(differences, [])
})

test('verify sees one moment, while others write', async (t) => {
  const data_dir = newDataDir()
  const writer = openStoreForWriting(data_dir)
  t.after(() => writer.close())
  commit(writer, newMerchant(), newCard('p_card'), receive('p_card', 'o_1', CODES[0]))
  let wrote = false
  const { differences, facts } = await verify({ data_dir }, () => {})
  assert.deepEqual([differences, facts], [[], 4])
  sql(data_dir, `update code set status = 5`)
  const seen = await verify({ data_dir }, () => {
    if (wrote) return
    wrote = true
    commit(writer, receive('p_card', 'o_1', CODES[1]), receive('p_card', 'o_1', CODES[2]))
  })
  assert.ok(wrote)
  assert.equal(seen.differences.length, 1)
  assert.equal(seen.facts, 4)
})

test('a merchant’s appid is in every sentence', async () => {
  for (const difference of await differencesAfter(
    'delete from counted; delete from code; update card set status = 3',
  )) {
    assert.match(difference, new RegExp(`^(${APPID}|wx_other): `))
  }
})
