import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import {
  consume,
  issueToken,
  modifyStock,
  moveClock,
  newCard,
  newCustomCard,
  newMerchant,
  receive,
  view,
} from '../../test/support/ask.ts'
import { commit, everythingIn, newDataDir, query, sql, told, toolsOf, waiting } from '../../test/support/data.ts'
import { aFace, NOW, refusal, term } from '../../test/support/given.ts'
import { live } from '../../test/support/live.ts'
import { history, type Asked } from '../../test/support/random-commands.ts'
import { MemoryRows } from '../../test/support/rows.ts'
import type { NumberedFact } from '../domain/facts.ts'
import { DAY_S } from '../clock.ts'
import { Refusal } from '../errors.ts'
import { openScratchStore, openStoreForWriting } from '../store/open.ts'
import type { Writer } from '../store/store.ts'
import { commitBatch, LedgerFault, settle, type Once, type Outcome } from './batch.ts'
import { verify } from './verify.ts'

/** A store as the ledger writes it, with one merchant and a card of which there are ten. */
function openShop(t: TestContext): { data_dir: string; writer: Writer } {
  const data_dir = newDataDir()
  const writer = openStoreForWriting(data_dir)
  t.after(() => writer.close())
  commit(writer, newMerchant(), newCard('p_card', { quantity: 10 }))
  return { data_dir, writer }
}

const answers = (outcomes: readonly Outcome[]): unknown[] => outcomes.map(settle)

const codesIn = (data_dir: string) => everythingIn(data_dir).flatMap(({ codes }) => codes)

test('the commands of one batch see what those before them did, from the first merchant on', (t) => {
  const data_dir = newDataDir()
  const writer = openStoreForWriting(data_dir)
  t.after(() => writer.close())
  const outcomes = commit(
    writer,
    newMerchant(),
    newCard('p_card', { quantity: 1 }),
    receive('p_card', 'o_1', '000000000001'),
    consume('000000000001'),
    consume('000000000001'),
    receive('p_card', 'o_2', '000000000002'),
  )
  assert.deepEqual(outcomes.map(told), ['ok', 'ok', 'ok', 'ok', 'alreadyConsumed', 'stockUsedUp'])
  assert.deepEqual(
    outcomes.map(({ id }) => id),
    [0, 1, 2, 3, 4, 5],
  )
  const [{ facts, cards, codes, holdings } = assert.fail()] = everythingIn(data_dir)
  assert.deepEqual(
    facts.map(({ fact, kind, previous }) => [fact, kind, previous]),
    [
      [1, 'merchant_created', null],
      [2, 'card_created', null],
      [3, 'card_approved', null],
      [4, 'code_received', null],
      [5, 'code_consumed', 4],
    ],
  )
  assert.deepEqual(
    cards.map(({ status, quantity }) => [status, quantity]),
    [['CARD_STATUS_VERIFY_OK', 0]],
  )
  assert.deepEqual(
    codes.map(({ code, status, fact }) => [code, status, fact]),
    [['000000000001', 'CONSUMED', 5]],
  )
  assert.deepEqual(holdings, [], 'their codes tell what holders have')
})

test('of sixteen who ask together for the last ten, the first ten get one', (t) => {
  const { writer } = openShop(t)
  const asking = Array.from({ length: 16 }, (_, n) => receive('p_card', `o_${n}`, String(n).padStart(12, '0')))
  assert.deepEqual(commit(writer, ...asking).map(told), [
    ...Array.from({ length: 10 }, () => 'ok'),
    ...Array.from({ length: 6 }, () => 'stockUsedUp'),
  ])
})

test('a number that one of the batch has just got is not given to the next', (t) => {
  const { writer } = openShop(t)
  const fresh_codes = ['000000000001', '000000000002']
  const outcomes = commit(
    writer,
    receive('p_card', 'o_1', '', { fresh_codes }),
    receive('p_card', 'o_2', '', { fresh_codes }),
    receive('p_card', 'o_3', '', { fresh_codes }),
  )
  assert.deepEqual(outcomes.map(told), ['ok', 'ok', 'systemError'])
  assert.deepEqual(
    answers(outcomes.slice(0, 2)).map((answer) => (answer as { code: string }).code),
    fresh_codes,
  )
})

test('a command that is refused in the middle leaves no trace in what the others see or save', (t) => {
  const { data_dir, writer } = openShop(t)
  const outcomes = commit(
    writer,
    receive('p_card', 'o_1', '000000000001'),
    receive('p_none', 'o_1', '000000000002'),
    receive('p_card', 'o_1', '000000000003', { code: 'mine' }),
    receive('p_card', 'o_1', '000000000004'),
  )
  assert.deepEqual(outcomes.map(told), ['ok', 'invalidCardId', 'invalidCode', 'ok'])
  assert.deepEqual(
    codesIn(data_dir).map(({ code, fact }) => [code, fact]),
    [
      ['000000000001', 4],
      ['000000000004', 5],
    ],
  )
})

test('a batch that is refused as a whole writes nothing', (t) => {
  const { data_dir, writer } = openShop(t)
  const before = everythingIn(data_dir)
  const outcomes = commit(writer, consume('000000000009'), view('p_none', 'o_1'), newMerchant())
  assert.deepEqual(outcomes.map(told), ['invalidSerialCode', 'invalidCardId', 'invalidAppid'])
  assert.deepEqual(everythingIn(data_dir), before)
})

test('two merchants of one batch have facts, codes and holders of their own', (t) => {
  const data_dir = newDataDir()
  const writer = openStoreForWriting(data_dir)
  t.after(() => writer.close())
  const of = (appid: string) =>
    [newMerchant(), newCustomCard('p_card'), receive('p_card', 'o_1', '', { code: 'VIP', outer_str: appid })].map(
      (asked) => ({ ...asked, appid }),
    )
  const [one, two] = [of('wx_1'), of('wx_2')]
  const mixed = one.flatMap((asked, index) => [asked, two[index]!])
  assert.deepEqual(
    commit(writer, ...mixed, { ...consume('VIP', 'p_card'), appid: 'wx_2' }).map(told),
    mixed.map(() => 'ok').concat('ok'),
  )
  assert.deepEqual(
    everythingIn(data_dir).map(({ merchant, facts, codes }) => [
      merchant.appid,
      facts.map(({ fact }) => fact),
      codes.map(({ status, outer_str }) => [status, outer_str]),
    ]),
    [
      ['wx_1', [1, 2, 3, 4], [['NORMAL', 'wx_1']]],
      ['wx_2', [1, 2, 3, 4, 5], [['CONSUMED', 'wx_2']]],
    ],
  )
})

test('of two who make the same merchant together, one is told that it exists', (t) => {
  const { writer } = openShop(t)
  const outcomes = commit(writer, { ...newMerchant(), appid: 'wx_new' }, { ...newMerchant(), appid: 'wx_new' })
  assert.deepEqual(outcomes.map(told), ['ok', 'invalidAppid'])
})

test('a clock that is moved shows the new time to the rest of the batch', (t) => {
  const { writer } = openShop(t)
  const appid = 'wx_sandbox'
  const face = aFace({ base_info: { date_info: term(1) } })
  const asked = [
    newMerchant({ sandbox: true, clock_offset_s: 1000 }),
    newCard('p_term', { face }),
    receive('p_term', 'o_1', '000000000001'),
    moveClock(86_400),
    consume('000000000001'),
    receive('p_term', 'o_1', '000000000002'),
    consume('000000000002'),
  ]
  const outcomes = commit(writer, ...asked.map((one) => ({ ...one, appid })))
  assert.deepEqual(outcomes.map(told), ['ok', 'ok', 'ok', 'ok', 'invalidUserCardStatus', 'ok', 'ok'])
  assert.deepEqual(settle(outcomes[3]!), { now: NOW + 1000 + 86_400 })
})

test('tokens are saved with their batch, and a second one supersedes the first', (t) => {
  const { data_dir, writer } = openShop(t)
  commit(writer, issueToken('a'), issueToken('b'))
  commit(writer, issueToken('c', { at: NOW + 10 }))
  assert.deepEqual(
    query(data_dir, 'select nonce, superseded, expires_at from token order by nonce').map((row) =>
      Object.values(row as object),
    ),
    [
      ['a', 1, NOW + 300],
      ['b', 1, NOW + 310],
      ['c', 0, NOW + 7210],
    ],
  )
})

test('a rule that breaks is a fault of its own command, and the others are saved', (t) => {
  const { data_dir, writer } = openShop(t)
  const outcomes = commit(
    writer,
    receive('p_card', 'o_1', '000000000001'),
    { ...newCard('p_lost'), appid: 'wx_nobody' },
    { command: 'receiveCode', request: null },
    receive('p_card', 'o_1', '000000000002'),
  )
  assert.deepEqual(outcomes.map(told), ['ok', 'fault', 'fault', 'ok'])
  assert.equal(codesIn(data_dir).length, 2)
})

/** From now on the database refuses this one code. */
const refuseCode = (data_dir: string, code: string): void =>
  sql(
    data_dir,
    `create trigger bad_apple before insert on code when new.code = '${code}'
     begin select raise(abort, 'a bad apple'); end`,
  )

test('one bad apple spoils nothing: it alone gets the fault, and the others are saved in their order', (t) => {
  const { data_dir, writer } = openShop(t)
  refuseCode(data_dir, '000000000002')
  const outcomes = commit(
    writer,
    receive('p_card', 'o_1', '000000000001'),
    receive('p_card', 'o_2', '000000000002'),
    receive('p_card', 'o_3', '000000000003'),
    consume('000000000003'),
    consume('000000000002'),
  )
  assert.deepEqual(outcomes.map(told), ['ok', 'fault', 'ok', 'ok', 'invalidSerialCode'])
  assert.throws(() => settle(outcomes[1]!), /^LedgerFault: nothing was done: .*a bad apple/s)
  const [{ facts, cards, codes } = assert.fail()] = everythingIn(data_dir)
  assert.deepEqual(
    facts.slice(3).map(({ fact, kind, previous }) => [fact, kind, previous]),
    [
      [4, 'code_received', null],
      [5, 'code_received', null],
      [6, 'code_consumed', 5],
    ],
  )
  assert.equal(cards[0]?.quantity, 8)
  assert.deepEqual(
    codes.map(({ code, openid }) => [code, openid]),
    [
      ['000000000001', 'o_1'],
      ['000000000003', 'o_3'],
    ],
  )
})

test('a bad apple that is alone is tried once and leaves nothing', (t) => {
  const { data_dir, writer } = openShop(t)
  refuseCode(data_dir, '000000000002')
  const before = everythingIn(data_dir)
  assert.deepEqual(commit(writer, receive('p_card', 'o_2', '000000000002')).map(told), ['fault'])
  assert.deepEqual(everythingIn(data_dir), before)
  assert.deepEqual(commit(writer, receive('p_card', 'o_2', '000000000003')).map(told), ['ok'])
})

test('where the database undoes the whole transaction by itself, the others are saved all the same', (t) => {
  const { data_dir, writer } = openShop(t)
  sql(
    data_dir,
    `create trigger bad_apple before insert on code when new.code = '000000000002'
     begin select raise(rollback, 'a very bad apple'); end`,
  )
  const outcomes = commit(writer, receive('p_card', 'o_1', '000000000001'), receive('p_card', 'o_2', '000000000002'))
  assert.deepEqual(outcomes.map(told), ['ok', 'fault'])
  assert.equal(codesIn(data_dir).length, 1)
})

/** A real writer, one act of which goes wrong. */
const failing = (writer: Writer, acts: Partial<Writer>): Writer => ({ ...writer, ...acts })

test('a commit whose outcome is unknown is told as such to all, and never repeated', (t) => {
  const { data_dir, writer } = openShop(t)
  let commits = 0
  const broken = failing(writer, {
    commit() {
      commits++
      writer.commit()
      throw new Error('the disk said nothing')
    },
  })
  const outcomes = commit(
    broken,
    receive('p_card', 'o_1', '000000000001'),
    consume('000000000009'),
    view('p_card', 'o_1'),
  )
  assert.equal(commits, 1)
  assert.deepEqual(outcomes.map(told), ['unknown', 'unknown', 'unknown'])
  assert.throws(() => settle(outcomes[0]!), /^LedgerFault: it is not known whether this was saved: /)
  assert.equal(codesIn(data_dir).length, 1)
  assert.equal(everythingIn(data_dir)[0]!.facts.length, 5)
})

test('a commit that fails and is undone is tried again, one by one', (t) => {
  const { data_dir, writer } = openShop(t)
  let commits = 0
  const stumbling = failing(writer, {
    commit() {
      commits++
      if (commits === 1) throw new Error('database is locked')
      writer.commit()
    },
  })
  const outcomes = commit(stumbling, receive('p_card', 'o_1', '000000000001'), receive('p_card', 'o_2', '000000000002'))
  assert.deepEqual(outcomes.map(told), ['ok', 'ok'])
  assert.equal(commits, 3)
  assert.equal(codesIn(data_dir).length, 2)
})

test('where no transaction can be begun, nothing was done or tried again, and the next batch is served as ever', (t) => {
  const { data_dir, writer } = openShop(t)
  const before = everythingIn(data_dir)
  let begun = 0
  const locked = failing(writer, {
    begin() {
      begun++
      throw new Error('database is locked')
    },
  })
  assert.deepEqual(commit(locked, view('p_card', 'o_1'), view('p_card', 'o_2')).map(told), ['fault', 'fault'])
  assert.equal(begun, 1)
  assert.deepEqual(everythingIn(data_dir), before)
  assert.deepEqual(commit(writer, view('p_card', 'o_1')).map(told), ['ok'])
})

test('a settled outcome is the answer, the refusal as it was thrown, or a fault', () => {
  assert.deepEqual(settle({ answer: { card_id: 'p' } }), { card_id: 'p' })
  assert.equal(settle({ answer: undefined }), undefined)
  const members = { _card: 'p', _code: '1' }
  assert.throws(
    () => settle({ refusal: { reason: 'alreadyConsumed', detail: 'why', members } }),
    (error) => {
      assert.deepEqual((error as Refusal).members, members)
      return refusal('alreadyConsumed', 'why')(error)
    },
  )
  for (const unknown of [true, false]) {
    assert.throws(
      () => settle({ fault: 'it broke', unknown }),
      (error) => error instanceof LedgerFault && error.unknown === unknown && error.message.endsWith('it broke'),
    )
  }
})

test('in batches of any size commands are told what they would be told alone, and leave the same rows and facts', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(history(60), sizes, async (list, pieces) => {
      const data_dir = newDataDir()
      const writer = openScratchStore(data_dir)
      const queue = waiting(list)
      const outcomes: Outcome[] = []
      for (let turn = 0; queue.length > 0; turn++) {
        outcomes.push(...commitBatch(queue.splice(0, pieces[turn % pieces.length]), toolsOf(writer)))
      }
      await writer.close()
      const alone = new MemoryRows()
      const factsAlone: NumberedFact[] = []
      assert.deepEqual(
        outcomes,
        list.map((asked, id) => ({ id, ...live(asked, alone, factsAlone) })),
      )
      const [{ facts, ...rows } = assert.fail()] = everythingIn(data_dir)
      assert.deepEqual(facts, factsAlone)
      assert.deepEqual(rows, alone.all())
    }),
    { numRuns: 40 },
  )
})

/** The same request for one key, whatever the endpoint made for it anew, such as random numbers. */
const keyed = <One extends Asked>(asked: One, key = 'key', fingerprint = 'the body') => ({
  ...asked,
  once: { key, fingerprint },
})

/** Commits a batch of commands, some of which may come again, at a second of the server's clock. */
const commitAt = (writer: Writer, now: number, ...asked: (Asked & { appid?: string; once?: Once })[]): Outcome[] =>
  commitBatch(
    waiting(asked).map((one, place) => {
      const { once } = asked[place]!
      return once ? { ...one, once } : one
    }),
    { ...toolsOf(writer), now: () => now },
  )

const codeOf = (outcome: Outcome | undefined): string => (settle(outcome!) as { code: string }).code

const keysIn = (data_dir: string): unknown[] =>
  query(data_dir, 'select key from reply order by key').map((row) => (row as { key: string }).key)

test('a request that comes again is answered as it was first, and does nothing', (t) => {
  const { data_dir, writer } = openShop(t)
  const [first] = commitAt(writer, NOW, keyed(receive('p_card', 'o_1', '000000000001')))
  const before = everythingIn(data_dir)
  const [again] = commitAt(writer, NOW + 5, keyed(receive('p_card', 'o_1', '000000000002')))
  assert.deepEqual(again, first)
  assert.equal(codeOf(first), '000000000001')
  assert.deepEqual(everythingIn(data_dir), before)
})

test('an answer of nothing is an answer too when it comes again', (t) => {
  const { writer } = openShop(t)
  const asked = keyed({ command: 'repeatAnswer', request: { answer: null } })
  assert.equal(settle(commitAt(writer, NOW, asked)[0]!), null)
  assert.equal(settle(commitAt(writer, NOW, asked)[0]!), null)
})

test('a key stands for its request for a day of the server, to the second, and is free after it', (t) => {
  const { writer } = openShop(t)
  const receiveAt = (now: number, fresh: string) =>
    codeOf(commitAt(writer, now, keyed(receive('p_card', `o_${fresh}`, fresh)))[0])
  assert.equal(receiveAt(NOW, '000000000001'), '000000000001')
  assert.equal(receiveAt(NOW + DAY_S, '000000000002'), '000000000001')
  assert.equal(receiveAt(NOW + DAY_S + 1, '000000000003'), '000000000003')
  assert.equal(receiveAt(NOW + 2 * DAY_S + 1, '000000000004'), '000000000003')
  assert.deepEqual(
    commitAt(writer, NOW + 2 * DAY_S + 2, keyed(view('p_card', 'o_1'), 'key', 'another body')).map(told),
    ['ok'],
    'then it may stand for another request',
  )
})

test('a repeat does not make a key last longer', (t) => {
  const { writer } = openShop(t)
  commitAt(writer, NOW, keyed(receive('p_card', 'o_1', '000000000001')))
  commitAt(writer, NOW + DAY_S - 1, keyed(receive('p_card', 'o_1', '000000000002')))
  const [later] = commitAt(writer, NOW + DAY_S + 1, keyed(receive('p_card', 'o_1', '000000000003')))
  assert.equal(codeOf(later), '000000000003')
})

test('the clock of a sandbox makes no key end', (t) => {
  const { writer } = openShop(t)
  const appid = 'wx_sandbox'
  const of = (...asked: (Asked & { once?: Once })[]) => asked.map((one) => ({ ...one, appid }))
  commitAt(writer, NOW, ...of(newMerchant({ sandbox: true }), newCard('p_card')))
  const [first] = commitAt(writer, NOW, ...of(keyed(receive('p_card', 'o_1', '000000000001')), moveClock(3 * DAY_S)))
  assert.deepEqual(commitAt(writer, NOW, ...of(keyed(receive('p_card', 'o_1', '000000000002'))))[0], first)
})

test('a refusal stands, though the request would be granted by now', (t) => {
  const { writer } = openShop(t)
  commitAt(writer, NOW, newCard('p_one', { quantity: 1 }), receive('p_one', 'o_1', '000000000001'))
  const unkeyed = receive('p_one', 'o_2', '000000000002')
  const asked = keyed(unkeyed)
  const outcomes = commitAt(writer, NOW, asked, modifyStock('p_one', 5), asked, unkeyed)
  assert.deepEqual(outcomes.map(told), ['stockUsedUp', 'ok', 'stockUsedUp', 'ok'])
  assert.deepEqual(commitAt(writer, NOW + 1, asked).map(told), ['stockUsedUp'])
})

test('two with one key in one batch have one effect and one answer', (t) => {
  const { data_dir, writer } = openShop(t)
  const outcomes = commitAt(
    writer,
    NOW,
    keyed(receive('p_card', 'o_1', '000000000001')),
    keyed(receive('p_card', 'o_1', '000000000002')),
    receive('p_card', 'o_1', '000000000003'),
  )
  assert.deepEqual(outcomes.map(codeOf), ['000000000001', '000000000001', '000000000003'])
  assert.equal(codesIn(data_dir).length, 2)
})

test('of two different requests with one key the second is refused, in one batch and later', (t) => {
  const { writer } = openShop(t)
  const other = keyed(receive('p_card', 'o_2', '000000000002'), 'key', 'another body')
  const outcomes = commitAt(writer, NOW, keyed(receive('p_card', 'o_1', '000000000001')), other)
  assert.deepEqual(outcomes.map(told), ['ok', 'invalidArgs'])
  assert.deepEqual(commitAt(writer, NOW, other).map(told), ['invalidArgs'])
  assert.deepEqual(commitAt(writer, NOW, keyed(receive('p_card', 'o_1', '000000000003'))).map(codeOf), ['000000000001'])
})

test("one merchant's key is nothing to another's", (t) => {
  const { writer } = openShop(t)
  const theirs = [newMerchant(), newCard('p_card'), keyed(receive('p_card', 'o_1', '000000000002'))]
  const outcomes = commitAt(
    writer,
    NOW,
    keyed(receive('p_card', 'o_1', '000000000001')),
    ...theirs.map((asked) => ({ ...asked, appid: 'wx_other' })),
  )
  assert.deepEqual([codeOf(outcomes[0]), codeOf(outcomes[3])], ['000000000001', '000000000002'])
})

test('a fault is not kept: the repeat may have better luck', (t) => {
  const { data_dir, writer } = openShop(t)
  refuseCode(data_dir, '000000000001')
  const asked = keyed(receive('p_card', 'o_1', '000000000001'))
  // Beside another one, and alone.
  assert.deepEqual(commitAt(writer, NOW, asked, view('p_card', 'o_1')).map(told), ['fault', 'ok'])
  assert.deepEqual(commitAt(writer, NOW, asked).map(told), ['fault'])
  const broken = keyed({ command: 'receiveCode', request: null } as const, 'broken')
  assert.deepEqual(commitAt(writer, NOW, broken).map(told), ['fault'])
  assert.deepEqual(keysIn(data_dir), [])
  sql(data_dir, 'drop trigger bad_apple')
  assert.deepEqual(commitAt(writer, NOW, asked).map(codeOf), ['000000000001'])
  assert.deepEqual(commitAt(writer, NOW, { ...broken, ...view('p_card', 'o_1') }).map(told), ['ok'])
})

test('neither is a refusal that only says to try again', (t) => {
  const { writer } = openShop(t)
  commitAt(writer, NOW, receive('p_card', 'o_1', '000000000001'))
  assert.deepEqual(commitAt(writer, NOW, keyed(receive('p_card', 'o_2', '000000000001'))).map(told), ['systemError'])
  assert.deepEqual(commitAt(writer, NOW, keyed(receive('p_card', 'o_2', '000000000002'))).map(told), ['ok'])
})

test('a batch that is tried again one by one keeps one reply for each key', (t) => {
  const { data_dir, writer } = openShop(t)
  refuseCode(data_dir, '000000000009')
  const outcomes = commitAt(
    writer,
    NOW,
    keyed(receive('p_card', 'o_1', '000000000001')),
    receive('p_card', 'o_9', '000000000009'),
    keyed(receive('p_card', 'o_1', '000000000002')),
  )
  assert.deepEqual(outcomes.map(told), ['ok', 'fault', 'ok'])
  assert.equal(codeOf(outcomes[2]), '000000000001')
  assert.equal(codesIn(data_dir).length, 1)
})

test('where nobody knows whether a commit was saved, the repeat tells', (t) => {
  const { data_dir, writer } = openShop(t)
  const asked = keyed(receive('p_card', 'o_1', '000000000001'))
  const broken = failing(writer, {
    commit() {
      writer.commit()
      throw new Error('the disk said nothing')
    },
  })
  assert.deepEqual(commitAt(broken, NOW, asked).map(told), ['unknown'])
  assert.deepEqual(commitAt(writer, NOW, keyed(receive('p_card', 'o_1', '000000000002'))).map(codeOf), ['000000000001'])
  assert.equal(codesIn(data_dir).length, 1)
})

test('a key of a merchant who does not exist leaves no trace', (t) => {
  const { data_dir, writer } = openShop(t)
  const asked = { ...keyed(issueToken('a')), appid: 'wx_nobody' }
  assert.deepEqual(commitAt(writer, NOW, asked).map(told), ['invalidAppid'])
  assert.deepEqual(keysIn(data_dir), [])
})

test('replies that have ended are forgotten while others are added', (t) => {
  const { data_dir, writer } = openShop(t)
  for (const key of ['a', 'b', 'c']) commitAt(writer, NOW, keyed(view('p_card', 'o_1'), key))
  assert.deepEqual(keysIn(data_dir), ['a', 'b', 'c'])
  commitAt(writer, NOW + DAY_S, keyed(view('p_card', 'o_1'), 'd'))
  assert.deepEqual(keysIn(data_dir), ['a', 'b', 'c', 'd'])
  for (const key of ['e', 'f', 'g']) commitAt(writer, NOW + DAY_S + 1, keyed(view('p_card', 'o_1'), key))
  assert.deepEqual(keysIn(data_dir), ['d', 'e', 'f', 'g'])
})

test('replies are no facts: verify finds nothing wrong with tables that hold some', async (t) => {
  const { data_dir, writer } = openShop(t)
  commitAt(
    writer,
    NOW,
    keyed(receive('p_card', 'o_1', '000000000001'), 'a'),
    keyed(consume('000000000001'), 'b'),
    keyed(consume('000000000001'), 'c'),
    keyed(consume('000000000009'), 'd'),
    keyed({ command: 'repeatAnswer', request: { answer: { card_list: [] } } }, 'e'),
  )
  assert.deepEqual(keysIn(data_dir), ['a', 'b', 'c', 'd', 'e'])
  assert.deepEqual((await verify({ data_dir })).differences, [])
})
