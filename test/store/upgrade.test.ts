import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLedger } from '../../src/ledger/ledger.ts'
import { verify } from '../../src/ledger/verify.ts'
import { Expiry } from '../../src/jobs/expire.ts'
import { MANY } from '../../src/domain/holder/holding.ts'
import { openRemoteStore, openStore, openStoreForWriting, type Place } from '../../src/store/open.ts'
import { consume, newCard, newCustomCard, newMerchant, receive } from '../support/ask.ts'
import { NEW_PLACES, openCommitting, query, sql, toolsOf, waiting } from '../support/data.ts'
import { aFace, APPID, NOW, RANGE } from '../support/given.ts'
import type { Asked } from '../support/random-commands.ts'
import { askPostgres } from '../support/sql.ts'

/** Data that an older program left are brought to this one's form, and lose nothing on the way. */

/** How what holders have was kept before: in full, and codes were not in the order of their receipt. */
const AS_BEFORE_HOLDINGS = (count: string): string => `
  drop index code_by_end;
  update code set place = 0;
  create index code_by_end on code (merchant, end_time, place) where end_time is not null;
  insert into counted (merchant, card, holder, codes, received, consumed)
    select c.merchant, c.card, c.holder, 0, count(*), ${count}
      from code c left join counted g on g.merchant = c.merchant and g.card = c.card and g.holder = c.holder
     where g.merchant is null
     group by c.merchant, c.card, c.holder;
  alter table counted drop column codes;
  alter table counted rename to holding;
  alter table day_people rename column part to block;
`

const face = aFace({ base_info: { get_limit: 1000 } })
const number = (n: number): string => String(n).padStart(12, '0')

/** Everyone’s codes: of one who has many, of one who has few, and of two of whom one gave the other a code. */
const HISTORY = [
  newMerchant(),
  newCard('p_card', { face, quantity: 1000 }),
  newCustomCard('p_custom'),
  ...Array.from({ length: MANY + 3 }, (_, n) => receive('p_card', 'o_many', number(n))),
  ...Array.from({ length: 5 }, (_, n) => receive('p_card', 'o_few', number(500 + n))),
  consume(number(0)),
  consume(number(500)),
  receive('p_custom', 'o_giver', '', { code: '券-1' }),
  receive('p_custom', 'o_giver', '', { code: '券-2' }),
  {
    command: 'giveCode' as const,
    request: { code: '券-1', card_id: 'p_custom', openid: 'o_giver', gift_ticket: 'ticket' },
  },
  {
    command: 'acceptGift' as const,
    request: { gift_ticket: 'ticket', openid: 'o_friend', fresh_codes: [] },
  },
]

const give = (code: string): Asked => ({
  command: 'giveCode',
  request: { code, card_id: 'p_custom', openid: 'o_giver', gift_ticket: `ticket of ${code}` },
})

/** Codes of which three expire on their way to a friend; one is taken back before, and one never given. */
const GIFTS: Asked[] = [
  newMerchant(),
  newCustomCard('p_custom'),
  ...['券-1', '券-2', '券-3', '券-4', '券-6'].map((code) => receive('p_custom', 'o_giver', '', { code })),
  ...['券-1', '券-2', '券-3', '券-4'].map(give),
  { command: 'returnGift', request: { gift_ticket: 'ticket of 券-4', openid: 'o_giver' } },
]

const ask = async ({ data_dir, database_url }: Place, statement: string): Promise<unknown> =>
  database_url === undefined ? query(data_dir, statement) : askPostgres(database_url, statement)

/** How people were kept before: in blocks of 4,096, some of whom were there. */
const AS_BEFORE_LEVELS = (bytes: (hex: string) => string): string => `
  delete from day_people;
  alter table day_people rename column part to block;
  insert into day_people (merchant, day, scope, metric, block, holders)
    values (1, 7, 1, 0, 0, ${bytes('0100 ff0f')}), (1, 7, 1, 0, 20, ${bytes('0000')}), (1, 7, 1, 0, 300, ${bytes('0500')});
`

/** How codes that expired were kept before: without the ticket of a gift that they were on the way with. */
const AS_BEFORE_TICKETS = 'update code set gift_ticket = null, gift_expire_time = null where status = 6;'

const ENGINES: {
  engine: string
  place: () => Promise<Place>
  age: (place: Place) => Promise<void>
  ageLevels: (place: Place) => Promise<void>
  ageTickets: (place: Place) => Promise<void>
}[] = [
  {
    engine: 'SQLite',
    place: NEW_PLACES.SQLite,
    async age({ data_dir }) {
      sql(data_dir, `${AS_BEFORE_HOLDINGS('sum(c.status = 1)')} pragma user_version = 5`)
    },
    async ageLevels({ data_dir }) {
      sql(data_dir, `${AS_BEFORE_LEVELS((hex) => `x'${hex.replace(' ', '')}'`)} pragma user_version = 7`)
    },
    async ageTickets({ data_dir }) {
      sql(data_dir, `${AS_BEFORE_TICKETS} pragma user_version = 8`)
    },
  },
  {
    engine: 'PostgreSQL',
    place: NEW_PLACES.PostgreSQL,
    async age({ database_url }) {
      const count = 'count(*) filter (where c.status = 1)'
      const asBefore = `${AS_BEFORE_HOLDINGS(count)} alter table tip drop column batch; alter table tip rename to head;`
      await askPostgres(database_url!, `${asBefore} update schema_version set version = 3`)
    },
    async ageLevels({ database_url }) {
      const asBefore = AS_BEFORE_LEVELS((hex) => `decode('${hex}', 'hex')`)
      await askPostgres(database_url!, `${asBefore} update schema_version set version = 6`)
    },
    async ageTickets({ database_url }) {
      await askPostgres(database_url!, `${AS_BEFORE_TICKETS} update schema_version set version = 7`)
    },
  },
]

async function commitAll(place: Place, asked: Asked[]): Promise<void> {
  const shop = await openCommitting(place)
  const { calendar } = toolsOf(undefined as never)
  for (const outcome of await shop.commit(waiting(asked), { calendar, now: () => NOW })) {
    assert.ok('answer' in outcome, JSON.stringify(outcome))
  }
  await shop.close()
}

async function openForOnce(place: Place): Promise<void> {
  if (place.database_url === undefined) await openStoreForWriting(place.data_dir).close()
  else await (await openRemoteStore(place.database_url)).close()
}

/** Lets holders come on a day, and tells who is new. */
async function come({ data_dir, database_url }: Place, holders: number[]): Promise<number[]> {
  const people = [{ day: 7, scope: 1, metric: 0, holders: ascending(holders) }]
  if (database_url === undefined) {
    const writer = openStoreForWriting(data_dir)
    writer.begin()
    const found = writer.sumsOf(APPID).newPeople(people)
    writer.commit()
    await writer.close()
    return ascending(found.flatMap((one) => one.holders))
  }
  const writer = await openRemoteStore(database_url)
  const sums = await writer.beginSums(APPID)
  const found = await sums!.newPeople(people)
  await sums!.add({ days: [], steps: [], out: [], members: [] }, 0)
  await writer.close()
  return ascending(found.flatMap((one) => one.holders))
}

const ascending = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b)

for (const { engine, place: newPlace, age, ageLevels, ageTickets } of ENGINES) {
  test(`on ${engine}, data whose holdings were kept in full are as good as new`, async (t) => {
    const place = await newPlace()
    await commitAll(place, HISTORY)
    await age(place)

    await openForOnce(place)
    assert.deepEqual((await verify(place)).differences, [])
    // An older program that is still at work is to fail, instead of finding that holders have nothing.
    await assert.rejects(async () => ask(place, 'select received, consumed from holding'), /holding/)

    const ledger = await openLedger({ ...place, time_zone: 'Asia/Shanghai' })
    const store = await openStore(place)
    t.after(async () => {
      store.close()
      await ledger.close()
    })
    await new Expiry(store, ledger).findDue(APPID, RANGE.end_timestamp! + 1)
    const statuses = async (openid: string): Promise<string[]> =>
      (await store.codesOfHolder(APPID, openid, undefined)).map(({ held }) => held.status)
    assert.deepEqual(await statuses('o_many'), ['CONSUMED', ...Array.from({ length: MANY + 2 }, () => 'EXPIRE')])
    assert.deepEqual(await statuses('o_few'), ['CONSUMED', 'EXPIRE', 'EXPIRE', 'EXPIRE', 'EXPIRE'])
    assert.deepEqual(await statuses('o_friend'), ['EXPIRE'])
    assert.deepEqual((await verify(place)).differences, [])
  })

  test(`on ${engine}, people who were counted in blocks are not new`, async () => {
    const place = await newPlace()
    const shop = await openCommitting(place)
    await shop.commit(waiting([newMerchant()]), toolsOf(undefined as never))
    await shop.close()
    await ageLevels(place)

    await openForOnce(place)
    const here = [1, 4095, 20 * 4096, 300 * 4096 + 5]
    const others = [2, 4097, 20 * 4096 + 1, 301 * 4096, 2 ** 28 + 1]
    assert.deepEqual(await come(place, [...here, ...others]), others)
    assert.deepEqual(await come(place, [...here, ...others]), [])
  })

  test(`on ${engine}, gifts whose codes have expired have their tickets again`, async (t) => {
    const place = await newPlace()
    await commitAll(place, GIFTS)
    const ledger = await openLedger({ ...place, time_zone: 'Asia/Shanghai' })
    const store = await openStore(place)
    t.after(() => store.close())
    await new Expiry(store, ledger).findDue(APPID, RANGE.end_timestamp! + 1)
    await ledger.commit(APPID, 'updateCode', { code: '券-3', card_id: 'p_custom', new_code: '券-5' })
    await ledger.close()
    const tickets = 'select code, gift_ticket, gift_expire_time from code order by code'
    const before = await ask(place, tickets)
    await ageTickets(place)
    assert.notDeepEqual(await ask(place, tickets), before)
    await assert.rejects(verify(place), /starting the server upgrades it/)

    await openForOnce(place)
    assert.deepEqual(await ask(place, tickets), before)
    assert.deepEqual((await verify(place)).differences, [])
  })
}
