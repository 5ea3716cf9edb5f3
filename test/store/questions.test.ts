import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { commitBatch, settle } from '../../src/ledger/batch.ts'
import { WorkingRows } from '../../src/ledger/working-rows.ts'
import type { Held } from '../../src/domain/code/find.ts'
import { MANY } from '../../src/domain/holder/holding.ts'
import type { CardStatus, CodeRow } from '../../src/domain/rows.ts'
import { openStore, openStoreForWriting, openStoreSnapshot } from '../../src/store/open.ts'
import { NewerDatabase } from '../../src/store/version.ts'
import type { Questions, Writer } from '../../src/store/store.ts'
import {
  consume,
  issueToken,
  makeUnavailable,
  modifyStock,
  newCard,
  newCustomCard,
  newMerchant,
  receive,
  view,
} from '../support/ask.ts'
import { newDataDir, query, sql, toolsOf, waiting } from '../support/data.ts'
import { aFace, aMerchant, APPID, NOW, PERMANENT, term } from '../support/given.ts'
import type { Asked } from '../support/random-commands.ts'

interface Shop {
  data_dir: string
  writer: Writer
  store: Questions
  /** Commits commands that must all be accepted. */
  done: (...asked: (Asked & { appid?: string })[]) => void
  close: () => Promise<void>
}

/** A store with one merchant, asked through a connection of its own. */
async function openShop(t: TestContext, data_dir = newDataDir()): Promise<Shop> {
  const writer = openStoreForWriting(data_dir)
  const store = await openStore({ data_dir })
  let open = true
  const close = async (): Promise<void> => {
    if (!open) return
    open = false
    store.close()
    await writer.close()
  }
  t.after(close)
  const done = (...asked: (Asked & { appid?: string })[]): void => {
    for (const outcome of commitBatch(waiting(asked), toolsOf(writer))) settle(outcome)
  }
  return { data_dir, writer, store, done, close }
}

const OTHER = 'wx_other'

const asOther = (asked: Asked) => ({ ...asked, appid: OTHER })

const named = (codes: readonly Held[]): string[] => codes.map(({ held }) => `${held.code} of ${held.card_id}`)

test('a merchant is found by its appid, and all are listed in the order in which they were made', async (t) => {
  const { store, done } = await openShop(t)
  assert.deepEqual(await store.merchants(), [])
  done(newMerchant(), { ...newMerchant({ sandbox: true, clock_offset_s: -5 }), appid: 'wx_a' })
  const other = aMerchant({ appid: 'wx_a', sandbox: true, clock_offset_s: -5 })
  assert.deepEqual(await store.merchant(APPID), aMerchant())
  assert.deepEqual(await store.merchant('wx_a'), other)
  assert.deepEqual(await store.merchants(), [aMerchant(), other])
  assert.equal(await store.merchant('wx_nobody'), undefined)
})

test('what has changed is seen at once, also by who asked before', async (t) => {
  const { store, done } = await openShop(t)
  assert.equal(await store.merchant(APPID), undefined)
  assert.equal(await store.card(APPID, 'p_card'), undefined)
  done(newMerchant(), newCard('p_card'))
  assert.equal((await store.card(APPID, 'p_card'))?.quantity, 100)
  done(modifyStock('p_card', 5), { command: 'changeMerchant', request: { settings: { name: '海风小馆' } } })
  assert.equal((await store.card(APPID, 'p_card'))?.quantity, 105)
  assert.equal((await store.merchant(APPID))?.settings.name, '海风小馆')
})

test('a token is found by its hash, with the merchant it is for', async (t) => {
  const { store, done } = await openShop(t)
  done(newMerchant(), { ...newMerchant(), appid: OTHER }, issueToken('one'), asOther(issueToken('two')))
  assert.deepEqual(await store.token('hash of two'), {
    token: {
      token_hash: 'hash of two',
      kind: 'plain',
      nonce: 'two',
      issued_at: NOW,
      expires_at: NOW + 7200,
      superseded: false,
      forced: false,
    },
    merchant: aMerchant({ appid: OTHER }),
  })
  assert.equal(await store.token('two'), undefined)
  done(issueToken('three'))
  assert.equal((await store.token('hash of one'))?.token.superseded, true)
  done({ command: 'changeSecret', request: { secret_hash: 'new' } })
  assert.equal(await store.token('hash of one'), undefined)
  assert.equal(await store.token('hash of three'), undefined)
  assert.ok(await store.token('hash of two'))
})

test('a card is what its merchant wrote, with its state, its stock and its times', async (t) => {
  const { store, done } = await openShop(t)
  const face = aFace({
    card_type: 'MEMBER_CARD',
    base_info: { date_info: PERMANENT },
    fields: { prerogative: '“九折”\n😀' },
  })
  done(newMerchant(), newCard('p_card', { face, source: 'console' }), receive('p_card', 'o_1', '000000000001'))
  assert.deepEqual(await store.card(APPID, 'p_card'), {
    card_id: 'p_card',
    status: 'CARD_STATUS_VERIFY_OK',
    source: 'console',
    quantity: 99,
    total_quantity: 100,
    deposited: 0,
    create_time: NOW,
    update_time: NOW,
    refuse_reason: null,
    face,
    version: 1,
  })
  assert.equal(await store.card(APPID, 'p_none'), undefined)
  assert.equal(await store.card('wx_nobody', 'p_card'), undefined)
})

test('a card that was refused tells why', async (t) => {
  const { store, done } = await openShop(t)
  done(newMerchant({ settings: { ...aMerchant().settings, review: 'manual' } }), newCard('p_card'), {
    command: 'refuseCard',
    request: { card_id: 'p_card', reason: '标题含糊' },
  })
  const card = await store.card(APPID, 'p_card')
  assert.deepEqual([card?.status, card?.refuse_reason], ['CARD_STATUS_VERIFY_FAIL', '标题含糊'])
})

test('a face that is changed with its version is seen at once, however often it was read before', async (t) => {
  const { data_dir, store, done } = await openShop(t)
  done(newMerchant(), newCard('p_card'), receive('p_card', 'o_1', '000000000001'))
  const titles = async (): Promise<(string | undefined)[]> => [
    (await store.card(APPID, 'p_card'))?.face.base_info.title,
    (await store.codes(APPID, '000000000001'))[0]?.card.face.base_info.title,
  ]
  assert.deepEqual(await titles(), ['双人套餐', '双人套餐'])
  sql(
    data_dir,
    `begin; update face set face = replace(face, '双人', '单人'); update card set version = version + 1; commit`,
  )
  assert.deepEqual(await titles(), ['单人套餐', '单人套餐'])
})

const STATUSES: CardStatus[] = [
  'CARD_STATUS_NOT_VERIFY',
  'CARD_STATUS_VERIFY_FAIL',
  'CARD_STATUS_VERIFY_OK',
  'CARD_STATUS_DISPATCH',
]

test('cards are listed page by page in the order of their making, with the number of all', async (t) => {
  const { store, done } = await openShop(t)
  // Names that sort otherwise than they were made.
  const card_ids = Array.from({ length: 23 }, (_, n) => `p_${(n * 7) % 23}`)
  done(newMerchant(), ...card_ids.map((card_id) => newCard(card_id)))
  for (const [offset, count] of [
    [0, 10],
    [10, 10],
    [20, 10],
    [22, 1],
    [0, 50],
    [23, 10],
    [1000, 50],
  ] as const) {
    assert.deepEqual(await store.cardsInStatus(APPID, STATUSES, offset, count), {
      card_ids: card_ids.slice(offset, offset + count),
      total: 23,
    })
  }
})

test('cards are listed by their states, and the number is of those states', async (t) => {
  const { store, done } = await openShop(t)
  done(
    newMerchant({ settings: { ...aMerchant().settings, review: 'manual' } }),
    ...['p_waits', 'p_ok', 'p_bad', 'p_gone', 'p_ok2'].map((card_id) => newCard(card_id)),
    ...['p_ok', 'p_ok2', 'p_gone'].map((card_id) => ({ command: 'approveCard' as const, request: { card_id } })),
    { command: 'refuseCard', request: { card_id: 'p_bad', reason: '' } },
    { command: 'deleteCard', request: { card_id: 'p_gone' } },
  )
  const list = (...statuses: CardStatus[]) => store.cardsInStatus(APPID, statuses, 0, 50)
  assert.deepEqual(await list('CARD_STATUS_VERIFY_OK'), { card_ids: ['p_ok', 'p_ok2'], total: 2 })
  assert.deepEqual(await list('CARD_STATUS_DELETE'), { card_ids: ['p_gone'], total: 1 })
  assert.deepEqual(await list(...STATUSES), { card_ids: ['p_waits', 'p_ok', 'p_bad', 'p_ok2'], total: 4 })
  assert.deepEqual(await list('CARD_STATUS_VERIFY_OK', 'CARD_STATUS_VERIFY_OK'), {
    card_ids: ['p_ok', 'p_ok2'],
    total: 2,
  })
  assert.deepEqual(await list('CARD_STATUS_DISPATCH'), { card_ids: [], total: 0 })
  assert.deepEqual(await list(), { card_ids: [], total: 0 })
  assert.deepEqual(await store.cardsInStatus('wx_nobody', STATUSES, 0, 50), { card_ids: [], total: 0 })
})

test('a code of someone who has many of its card is found with how many they received and redeemed', async (t) => {
  const { store, done } = await openShop(t)
  const number = (n: number): string => String(n).padStart(12, '0')
  done(
    newMerchant(),
    newCard('p_card', { face: aFace({ base_info: { get_limit: 1000 } }), quantity: 1000 }),
    ...Array.from({ length: MANY }, (_, n) => receive('p_card', 'o_many', number(n))),
    consume(number(0)),
    consume(number(1)),
  )
  assert.deepEqual((await store.codes(APPID, number(2)))[0]?.counted, { received: MANY, consumed: 2 })
})

test('a code is found with its card', async (t) => {
  const { store, done } = await openShop(t)
  const face = aFace({ base_info: { date_info: term(1) } })
  done(
    newMerchant(),
    newCard('p_card', { face }),
    receive('p_card', 'o_1', '000000000001', { outer_str: 'poster' }),
    receive('p_card', 'o_1', '000000000002'),
    receive('p_card', 'o_2', '000000000003'),
    consume('000000000002'),
  )
  const [found] = await store.codes(APPID, '000000000001')
  assert.deepEqual(found?.held, {
    code: '000000000001',
    card_id: 'p_card',
    openid: 'o_1',
    status: 'NORMAL',
    begin_time: NOW - 12 * 3600,
    end_time: NOW + 12 * 3600 - 1,
    outer_str: 'poster',
    gift_ticket: null,
    gift_expire_time: null,
    fact: 4,
  })
  assert.deepEqual(found?.card, await store.card(APPID, 'p_card'))
  assert.equal(found?.counted, undefined)
  assert.equal((await store.codes(APPID, '000000000002'))[0]?.held.status, 'CONSUMED')
  assert.deepEqual(await store.codes(APPID, '000000000009'), [])
  assert.deepEqual(await store.codes('wx_nobody', '000000000001'), [])
})

test('of a number that several cards bear every code is found', async (t) => {
  const { store, done } = await openShop(t)
  done(
    newMerchant(),
    newCustomCard('p_1'),
    newCustomCard('p_2'),
    receive('p_1', 'o_1', '', { code: '券-1' }),
    receive('p_2', 'o_2', '', { code: '券-1' }),
  )
  const codes = await store.codes(APPID, '券-1')
  assert.deepEqual(codes.map(({ held, card }) => `${held.openid} ${card.card_id}`).sort(), ['o_1 p_1', 'o_2 p_2'])
})

test('what a holder has is listed card by card, of all cards or of one', async (t) => {
  const { store, done } = await openShop(t)
  done(
    newMerchant(),
    newCard('p_z'),
    newCard('p_a'),
    receive('p_a', 'o_1', '000000000005'),
    receive('p_z', 'o_1', '000000000009'),
    receive('p_z', 'o_2', '000000000002'),
    receive('p_z', 'o_1', '000000000001'),
    consume('000000000009'),
    makeUnavailable('000000000001'),
  )
  const all = await store.codesOfHolder(APPID, 'o_1', undefined)
  assert.deepEqual(named(all), ['000000000001 of p_z', '000000000009 of p_z', '000000000005 of p_a'])
  assert.deepEqual(
    all.map(({ held }) => held.status),
    ['UNAVAILABLE', 'CONSUMED', 'NORMAL'],
  )
  assert.deepEqual(named(await store.codesOfHolder(APPID, 'o_1', 'p_z')), [
    '000000000001 of p_z',
    '000000000009 of p_z',
  ])
  assert.deepEqual(named(await store.codesOfHolder(APPID, 'o_1', 'p_a')), ['000000000005 of p_a'])
  assert.deepEqual(named(await store.codesOfHolder(APPID, 'o_2', 'p_a')), [])
  assert.deepEqual(named(await store.codesOfHolder(APPID, 'o_1', 'p_none')), [])
  assert.deepEqual(named(await store.codesOfHolder(APPID, 'o_nobody', undefined)), [])
  assert.deepEqual(named(await store.codesOfHolder('wx_nobody', 'o_1', undefined)), [])
})

const heldOf = async (store: Questions, code: string): Promise<CodeRow> => (await store.codes(APPID, code))[0]!.held

test('the history of a code is its own facts, the oldest first, whatever happened between', async (t) => {
  const { store, done } = await openShop(t)
  done(newMerchant(), newCard('p_card'))
  done(receive('p_card', 'o_1', '000000000001', { outer_str: 'poster' }), receive('p_card', 'o_2', '000000000002'))
  done(view('p_card', 'o_1'), consume('000000000002'), modifyStock('p_card', 1))
  done(makeUnavailable('000000000001', '退款'))
  const about = { at: NOW, card_id: 'p_card', code: '000000000001', openid: 'o_1' }
  assert.deepEqual(await store.history(APPID, await heldOf(store, '000000000001')), [
    { kind: 'code_received', ...about, begin_time: null, end_time: null, outer_str: 'poster', fact: 4, previous: null },
    { kind: 'code_made_unavailable', ...about, detail: { reason: '退款' }, fact: 9, previous: 4 },
  ])
  const other = await store.history(APPID, await heldOf(store, '000000000002'))
  assert.deepEqual(
    other.map(({ fact, kind, previous }) => [fact, kind, previous]),
    [
      [5, 'code_received', null],
      [7, 'code_consumed', 5],
    ],
  )
})

test('the history of a code goes on through a change of its number', async (t) => {
  const { data_dir, store, done } = await openShop(t)
  done(newMerchant(), newCustomCard('p_card'), receive('p_card', 'o_1', '', { code: '券-1' }))
  sql(data_dir, "update code set code = '券-2'; update fact set code = '券-0' where fact = 4")
  done({ command: 'consumeCode', request: { code: '券-2', card_id: 'p_card' } })
  const history = await store.history(APPID, await heldOf(store, '券-2'))
  assert.deepEqual(
    history.map((fact) => ('code' in fact ? [fact.kind, fact.code] : [])),
    [
      ['code_received', '券-0'],
      ['code_consumed', '券-2'],
    ],
  )
})

test('merchants are kept apart, though their cards, codes and holders bear the same names', async (t) => {
  const { store, done } = await openShop(t)
  const each = [
    newMerchant(),
    newCustomCard('p_card'),
    receive('p_card', 'o_1', '', { code: '券-1' }),
    receive('p_card', 'o_1', '', { code: '券-2' }),
  ]
  done(...each, ...each.map(asOther), asOther({ command: 'consumeCode', request: { code: '券-1', card_id: 'p_card' } }))
  done(asOther(newCard('p_only')), asOther(receive('p_only', 'o_only', '000000000001')))

  const statuses = async (appid: string): Promise<string[]> =>
    (await store.codesOfHolder(appid, 'o_1', undefined)).map(({ held }) => held.status)
  assert.deepEqual(await statuses(APPID), ['NORMAL', 'NORMAL'])
  assert.deepEqual(await statuses(OTHER), ['CONSUMED', 'NORMAL'])
  assert.deepEqual(await store.codes(APPID, '000000000001'), [])
  assert.deepEqual(await store.codesOfHolder(APPID, 'o_only', undefined), [])
  assert.equal(await store.card(APPID, 'p_only'), undefined)
  assert.equal((await store.cardsInStatus(APPID, STATUSES, 0, 50)).total, 1)
  assert.equal((await store.cardsInStatus(OTHER, STATUSES, 0, 50)).total, 2)
  const [ofOther] = await store.codes(OTHER, '券-1')
  assert.deepEqual(
    (await store.history(OTHER, ofOther!.held)).map(({ kind }) => kind),
    ['code_received', 'code_consumed'],
  )
  const [own] = await store.codes(APPID, '券-1')
  assert.equal((await store.history(APPID, own!.held)).length, 1)
})

test('questions of one turn are answered for themselves, and one that breaks breaks for its asker alone', async (t) => {
  const { store, done } = await openShop(t)
  done(newMerchant(), newCard('p_card'), receive('p_card', 'o_1', '000000000001'))
  const broken = Symbol('no text') as unknown as string
  const settled = await Promise.allSettled([
    store.codes(APPID, '000000000001'),
    store.codes(APPID, broken),
    store.card(APPID, 'p_card'),
    store.codesOfHolder(APPID, 'o_1', undefined),
    ...Array.from({ length: 500 }, () => store.codes(APPID, '000000000001')),
  ])
  assert.deepEqual(
    settled.flatMap(({ status }, index) => (status === 'rejected' ? [index] : [])),
    [1],
  )
  assert.deepEqual(await store.merchant(APPID), aMerchant())
})

test('what is answered is of the store as it was when the turn began, also in the midst of a commit', async (t) => {
  const { writer, store, done } = await openShop(t)
  done(newMerchant(), newCard('p_card'))
  writer.begin()
  const rows = new WorkingRows(writer.rowsOf(APPID))
  rows.putCard({ ...rows.card('p_card')!, quantity: 7 })
  writer.save(APPID, rows.changes())
  assert.equal((await store.card(APPID, 'p_card'))?.quantity, 100)
  assert.equal(writer.rollback(), true)
  assert.equal(writer.rollback(), false)
  assert.equal((await store.card(APPID, 'p_card'))?.quantity, 100)
})

test('the numbers that stand for cards and holders stay theirs when the store is opened again', async (t) => {
  const { data_dir, done, close } = await openShop(t)
  done(newMerchant(), { ...newMerchant(), appid: OTHER })
  done(newCard('p_1'), newCard('p_2'), asOther(newCard('p_3')))
  done(
    receive('p_1', 'o_1', '000000000001'),
    receive('p_2', 'o_2', '000000000002'),
    asOther(receive('p_3', 'o_3', '000000000003')),
  )
  const numbers = () => [
    query(data_dir, 'select merchant, appid from merchant order by 1'),
    query(data_dir, 'select merchant, card, card_id from card order by 1, 2'),
    query(data_dir, 'select merchant, holder, openid from holder order by 1, 2'),
  ]
  const before = numbers()
  await close()

  const again = await openShop(t, data_dir)
  assert.deepEqual(numbers(), before)
  again.done(newCard('p_9'), receive('p_9', 'o_1', '000000000009'), receive('p_1', 'o_9', '000000000010'))
  const after = numbers()
  for (const [index, rows] of before.entries()) {
    const kept = new Set(after[index]!.map((row) => JSON.stringify(row)))
    for (const row of rows) assert.ok(kept.has(JSON.stringify(row)), JSON.stringify(row))
  }
  assert.deepEqual(named(await again.store.codesOfHolder(APPID, 'o_1', undefined)), [
    '000000000001 of p_1',
    '000000000009 of p_9',
  ])
  assert.deepEqual(named(await again.store.codesOfHolder(APPID, 'o_9', undefined)), ['000000000010 of p_1'])
})

test('a database of a newer program is left as it is, and both versions are told', async () => {
  const data_dir = newDataDir()
  await openStoreForWriting(data_dir).close()
  sql(data_dir, 'pragma user_version = 99')
  assert.throws(
    () => openStoreForWriting(data_dir),
    (error) => {
      assert.ok(error instanceof NewerDatabase)
      assert.match(error.message, /^the database has version 99, this program knows \d+: it needs a newer program$/)
      return true
    },
  )
  assert.deepEqual(
    query(data_dir, 'pragma user_version').map((row) => ({ ...(row as object) })),
    [{ user_version: 99 }],
  )
  // And nothing of it is still locked.
  sql(data_dir, 'begin exclusive; commit')
})

test('a database of a newer program is refused by who only reads it too, since its tables may mean other things', async () => {
  const data_dir = newDataDir()
  await openStoreForWriting(data_dir).close()
  sql(data_dir, 'pragma user_version = 99')
  await assert.rejects(openStore({ data_dir }), NewerDatabase)
  await assert.rejects(openStoreSnapshot({ data_dir }), NewerDatabase)
})

test('a folder that is not there is made for who writes, and is an error for who only reads', async () => {
  const data_dir = `${newDataDir()}/deep/er`
  await assert.rejects(openStore({ data_dir }))
  await assert.rejects(openStoreSnapshot({ data_dir }))
  await openStoreForWriting(data_dir).close()
  ;(await openStore({ data_dir })).close()
})
