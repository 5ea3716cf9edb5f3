import pg from 'pg'
import { DAY_S, systemNow } from '../../src/clock.ts'
import { refuse } from '../../src/errors.ts'
import { newCode } from '../../src/id.ts'
import { serve, today, type Consumed, type Held, type Peer, type Received } from './app.ts'
import { cardIdOf, chunksOfCodes, PLENTY, type Population } from './population.ts'

/** A peer with a transaction on PostgreSQL for each request that changes something; see README.md. */

const CONNECTIONS = 16

/** Seconds, and counts: numbers that JavaScript holds exactly. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/** Asks with a template, whose values become parameters; each statement is prepared once for each connection. */
type Ask = <Row extends object>(text: TemplateStringsArray, ...values: unknown[]) => Promise<pg.QueryResult<Row>>

const names = new Map<TemplateStringsArray, string>()

function askOn(client: Pick<pg.Client, 'query'>): Ask {
  return <Row extends object>(parts: TemplateStringsArray, ...values: unknown[]) => {
    let name = names.get(parts)
    if (name === undefined) names.set(parts, (name = `s${names.size}`))
    const text = parts.reduce((before, part, place) => `${before}$${place}${part}`)
    return client.query<Row>({ name, text, values })
  }
}

const SCHEMA = `
  create table if not exists card (
    card_id    text primary key,
    quantity   bigint not null check (quantity >= 0),
    get_limit  bigint not null,
    begin_time bigint not null,
    end_time   bigint not null
  );

  create table if not exists holding (
    card_id  text not null,
    openid   text not null,
    received bigint not null,
    consumed bigint not null,
    primary key (card_id, openid)
  );

  create table if not exists code (
    code    text primary key,
    card_id text not null,
    openid  text not null,
    status  text not null
  );
  create index if not exists code_of_holder on code (openid, card_id);

  create table if not exists fact (
    fact    bigint generated always as identity primary key,
    at      timestamptz not null default now(),
    kind    text not null,
    card_id text not null,
    code    text not null,
    openid  text not null
  );

  create table if not exists day (
    card_id      text not null,
    day          date not null,
    receive_cnt  bigint not null,
    receive_user bigint not null,
    verify_cnt   bigint not null,
    verify_user  bigint not null,
    primary key (card_id, day)
  );

  create table if not exists day_person (
    card_id text not null,
    day     date not null,
    metric  text not null,
    openid  text not null,
    primary key (card_id, day, metric, openid)
  );
`

async function open(database_url: string): Promise<Peer> {
  const pool = new pg.Pool({
    connectionString: database_url,
    max: CONNECTIONS,
    idleTimeoutMillis: 0,
    application_name: 'per-request',
    options: '-c synchronous_commit=on',
  })
  await pool.query(SCHEMA)

  async function transaction<Answer>(work: (tx: Ask) => Promise<Answer>): Promise<Answer> {
    const client = await pool.connect()
    try {
      await client.query('begin')
      const answer = await work(askOn(client))
      await client.query('commit')
      return answer
    } catch (error) {
      await client.query('rollback')
      throw error
    } finally {
      client.release()
    }
  }

  return {
    receive: (card_id, openid) => transaction((tx) => receive(tx, card_id, openid)),
    consume: (code) => transaction((tx) => consume(tx, code)),
    get: (code) => get(askOn(pool), code),
    seed: (population) => seed(askOn(pool), population),
    close: () => pool.end(),
  }
}

interface Card {
  get_limit: number
  begin_time: number
  end_time: number
}

async function receive(tx: Ask, card_id: string, openid: string): Promise<Received> {
  const { rows: cards } = await tx<Card>`
    update card set quantity = quantity - 1 where card_id = ${card_id} and quantity > 0
    returning get_limit, begin_time, end_time`
  const [card] = cards
  if (!card) throw refuse('stockUsedUp')
  const { get_limit, begin_time, end_time } = card

  const held = await tx`
    insert into holding (card_id, openid, received, consumed) values (${card_id}, ${openid}, 1, 0)
    on conflict (card_id, openid) do update set received = holding.received + 1 where holding.received < ${get_limit}
    returning received`
  if (held.rowCount === 0) throw refuse('overGetLimit')

  const code = await insertCode(tx, card_id, openid)
  await tx`
    insert into fact (kind, card_id, code, openid) values ('code_received', ${card_id}, ${code}, ${openid})`
  const day = today()
  const people = await insertPerson(tx, card_id, day, 'receive', openid)
  await tx`
    insert into day (card_id, day, receive_cnt, receive_user, verify_cnt, verify_user)
    values (${card_id}, ${day}, 1, ${people}, 0, 0)
    on conflict (card_id, day) do update
    set receive_cnt = day.receive_cnt + 1, receive_user = day.receive_user + excluded.receive_user`
  return { card_id, code, openid, begin_time, end_time }
}

/** Tries random codes until one is free, which nearly always is the first. */
async function insertCode(tx: Ask, card_id: string, openid: string): Promise<string> {
  for (;;) {
    const code = newCode()
    const inserted = await tx`
      insert into code (code, card_id, openid, status) values (${code}, ${card_id}, ${openid}, 'NORMAL')
      on conflict (code) do nothing`
    if (inserted.rowCount === 1) return code
  }
}

async function consume(tx: Ask, code: string): Promise<Consumed> {
  const { rows } = await tx<Consumed>`
    update code set status = 'CONSUMED' where code = ${code} and status = 'NORMAL' returning card_id, openid`
  const [consumed] = rows
  if (!consumed) throw await whyNotConsumed(tx, code)
  const { card_id, openid } = consumed

  await tx`update holding set consumed = consumed + 1 where card_id = ${card_id} and openid = ${openid}`
  await tx`
    insert into fact (kind, card_id, code, openid) values ('code_consumed', ${card_id}, ${code}, ${openid})`
  const day = today()
  const people = await insertPerson(tx, card_id, day, 'verify', openid)
  await tx`
    insert into day (card_id, day, receive_cnt, receive_user, verify_cnt, verify_user)
    values (${card_id}, ${day}, 0, 0, 1, ${people})
    on conflict (card_id, day) do update
    set verify_cnt = day.verify_cnt + 1, verify_user = day.verify_user + excluded.verify_user`
  return { card_id, openid }
}

async function whyNotConsumed(tx: Ask, code: string) {
  const known = await tx`select from code where code = ${code}`
  return known.rowCount === 0 ? refuse('invalidSerialCode') : refuse('alreadyConsumed')
}

/** How many people this adds to those of the day: one or none. */
async function insertPerson(tx: Ask, card_id: string, day: string, metric: string, openid: string): Promise<number> {
  const { rowCount } = await tx`
    insert into day_person (card_id, day, metric, openid) values (${card_id}, ${day}, ${metric}, ${openid})
    on conflict do nothing`
  return rowCount ?? 0
}

async function get(sql: Ask, code: string): Promise<Held> {
  const { rows } = await sql<Held>`
    select code.code, code.card_id, code.openid, code.status, card.begin_time, card.end_time
    from code join card using (card_id) where code.code = ${code}`
  const [held] = rows
  if (!held) throw refuse('invalidSerialCode')
  if (held.status !== 'NORMAL') throw refuse('invalidUserCardStatus')
  return held
}

const CHUNK = 50_000

/** Fills an empty database as if this many codes had been received today. */
async function seed(sql: Ask, population: Population): Promise<void> {
  const card_ids = Array.from({ length: population.cards }, (_, card) => cardIdOf(card))
  const now = systemNow()
  await sql`
    insert into card (card_id, quantity, get_limit, begin_time, end_time)
    select card_id, ${PLENTY.quantity}, ${PLENTY.get_limit}, ${now - DAY_S}, ${now + 30 * DAY_S}
    from unnest(${card_ids}::text[]) as card_id`
  for (const codes of chunksOfCodes(population, CHUNK)) {
    await sql`
      insert into code (code, card_id, openid, status)
      select code, card_id, openid, 'NORMAL' from unnest(
        ${codes.map(({ code }) => code)}::text[],
        ${codes.map(({ card_id }) => card_id)}::text[],
        ${codes.map(({ openid }) => openid)}::text[]
      ) as received (code, card_id, openid)`
  }
  await sql`
    insert into fact (kind, card_id, code, openid) select 'code_received', card_id, code, openid from code`
  await sql`
    insert into holding (card_id, openid, received, consumed)
    select card_id, openid, count(*), 0 from code group by card_id, openid`
  await sql`
    insert into day_person (card_id, day, metric, openid) select card_id, ${today()}, 'receive', openid from holding`
  await sql`
    insert into day (card_id, day, receive_cnt, receive_user, verify_cnt, verify_user)
    select card_id, ${today()}, sum(received), count(*), 0, 0 from holding group by card_id`
  await sql`vacuum analyze`
  await sql`checkpoint`
}

await serve(open)
