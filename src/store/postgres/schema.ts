import { checkUpgraded, checkVersion } from '../version.ts'
import type { Connection, Database } from './connect.ts'

/**
 * The tables of sqlite/schema.ts, for a server that several processes share, and for engines that spread tables over
 * machines by the merchant's number: every key begins with it, and no row refers to one of another merchant. Only
 * `merchant` and `token`, which are few and are read before the merchant is known, are held in full on every machine.
 *
 * Text keys sort by their bytes, as in SQLite. An entry never changes once it is released.
 */
const VERSIONS = [
  `
  create table merchant (
    merchant       integer primary key,
    appid          text collate "C" not null unique,
    secret_hash    text not null,
    sandbox        integer not null,
    clock_offset_s bigint not null,
    settings       text not null,
    white_list     text not null
  );

  create table token (
    token_hash  text collate "C" primary key,
    merchant    integer not null,
    kind        text not null,
    nonce       text not null,
    issued_at   bigint not null,
    expires_at  bigint not null,
    superseded  integer not null,
    forced      integer not null
  );
  create index token_of_merchant on token (merchant);

  -- The numbers given last. Whoever writes for a merchant holds its row, so that one follows the other.
  create table head (
    merchant integer primary key,
    fact     bigint not null,
    card     integer not null,
    holder   bigint not null
  ) with (fillfactor = 50);

  create table card (
    merchant       integer not null,
    card           integer not null,
    card_id        text collate "C" not null,
    status         integer not null,
    source         integer not null,
    quantity       bigint not null check (quantity >= 0),
    total_quantity bigint not null check (total_quantity >= quantity),
    deposited      bigint not null,
    create_time    bigint not null,
    update_time    bigint not null,
    refuse_reason  text,
    version        integer not null,
    primary key (merchant, card)
  ) with (fillfactor = 50);
  create unique index card_by_id on card (merchant, card_id);

  create table face (
    merchant integer not null,
    card     integer not null,
    face     text not null,
    primary key (merchant, card)
  );

  create table holder (
    merchant integer not null,
    holder   bigint not null,
    openid   text collate "C" not null,
    primary key (merchant, holder)
  );
  create unique index holder_by_openid on holder (merchant, openid);

  create table holding (
    merchant integer not null,
    card     integer not null,
    holder   bigint not null,
    received bigint not null,
    consumed bigint not null check (consumed >= 0),
    primary key (merchant, card, holder)
  ) with (fillfactor = 90);

  create table code (
    merchant         integer not null,
    code             text collate "C" not null,
    card             integer not null,
    holder           bigint not null,
    status           integer not null,
    begin_time       bigint,
    end_time         bigint,
    outer_str        text,
    gift_ticket      text collate "C",
    gift_expire_time bigint,
    fact             bigint not null,
    primary key (merchant, code, card)
  ) with (fillfactor = 90);
  create index code_of_holder on code (merchant, holder, card);
  create unique index code_of_gift on code (merchant, gift_ticket) where gift_ticket is not null;
  create index code_by_end on code (merchant, end_time) where end_time is not null;

  create table fact (
    merchant   integer not null,
    fact       bigint not null,
    at         bigint not null,
    kind       integer not null,
    previous   bigint,
    card       integer,
    code       text collate "C",
    holder     bigint,
    begin_time bigint,
    end_time   bigint,
    quantity   bigint,
    outer_str  text,
    detail     text,
    primary key (merchant, fact)
  );

  create table pool (
    merchant integer not null,
    card     integer not null,
    place    bigint not null,
    code     text collate "C" not null,
    primary key (merchant, card, place)
  );
  create unique index pool_by_code on pool (merchant, card, code);

  create table ticket (
    merchant       integer not null,
    ticket         text collate "C" not null,
    expire_time    bigint not null,
    is_unique_code integer not null,
    used           integer not null,
    offers         text not null,
    primary key (merchant, ticket)
  );

  create table reply (
    merchant    integer not null,
    key         text collate "C" not null,
    fingerprint text not null,
    outcome     text not null,
    expires_at  bigint not null,
    primary key (merchant, key)
  );
  create index reply_by_end on reply (merchant, expires_at);

  create table session (
    merchant     integer not null,
    session_hash text collate "C" not null,
    openid       text not null,
    expires_at   bigint not null,
    primary key (merchant, session_hash)
  );
  create index session_by_end on session (merchant, expires_at);

  create table day (
    merchant           integer not null,
    day                integer not null,
    scope              integer not null,
    view_cnt           bigint not null,
    view_user          bigint not null,
    receive_cnt        bigint not null,
    receive_user       bigint not null,
    verify_cnt         bigint not null,
    verify_user        bigint not null,
    given_cnt          bigint not null,
    given_user         bigint not null,
    expire_cnt         bigint not null,
    expire_user        bigint not null,
    active_cnt         bigint not null,
    active_user        bigint not null,
    total_user         bigint not null,
    total_receive_user bigint not null,
    primary key (merchant, day, scope)
  );
  create index day_of_members on day (merchant, scope, day) where scope < -2;

  create table day_person (
    merchant integer not null,
    day      integer not null,
    scope    integer not null,
    metric   integer not null,
    holder   bigint not null,
    primary key (merchant, day, scope, metric, holder)
  );

  create table member (
    merchant integer not null,
    source   integer not null,
    holder   bigint not null,
    day      integer not null,
    cards    bigint not null,
    primary key (merchant, source, holder, day)
  );

  create table step (
    merchant integer not null,
    card     integer not null,
    aspect   integer not null,
    day      integer not null,
    name     text collate "C" not null,
    viewed   bigint not null,
    received bigint not null,
    redeemed bigint not null,
    gifted   bigint not null,
    expired  bigint not null,
    primary key (merchant, card, aspect, day, name)
  );

  create table outstanding (
    merchant integer not null,
    card     integer not null,
    month    text collate "C" not null,
    codes    bigint not null,
    primary key (merchant, card, month)
  );

  create table progress (
    merchant integer not null,
    job      text not null,
    reached  bigint not null,
    primary key (merchant, job)
  );
  `,
  // Everything is counted again, from the facts.
  `
  drop table day_person;
  create table day_people (
    merchant integer not null,
    day      integer not null,
    scope    integer not null,
    metric   integer not null,
    block    integer not null,
    holders  bytea not null,
    primary key (merchant, day, scope, metric, block)
  );

  delete from day;
  delete from member;
  delete from step;
  delete from outstanding;
  delete from progress;
  `,
  // See sqlite/schema.ts.
  `
  alter table code add column place bigint not null default 0;
  drop index code_by_end;
  create index code_by_end on code (merchant, end_time, place) where end_time is not null;
  `,
  // See sqlite/schema.ts.
  `
  drop index code_by_end;
  update code set place = fact where place = 0 and status <> 3;
  create index code_by_end on code (merchant, end_time, card, place);

  alter table holding rename to counted;
  alter table counted add column codes bigint not null default 0;
  update counted g
     set codes = (select count(*) from code c where c.merchant = g.merchant and c.holder = g.holder and c.card = g.card);
  delete from counted where received = codes and codes < 64;
  `,
  // A program that does not know of batches would change the tip unnoticed: since the table is renamed, an older one no
  // longer finds it.
  `
  alter table head rename to tip;
  alter table tip add column batch uuid not null default '00000000-0000-0000-0000-000000000000';
  `,
  // See sqlite/schema.ts. This reads all codes, for which the connection is not set up.
  `
  set local enable_seqscan = on;
  insert into counted (merchant, card, holder, codes, received, consumed)
    select merchant, card, holder, count(*), count(*), count(*) filter (where status = 1)
      from code group by merchant, holder, card having count(*) between 50 and 63
    on conflict do nothing;
  `,
  // See sqlite/schema.ts.
  `
  alter table day_people rename column block to part;
  update day_people set part = -1 - (part * 4 + 3);
  update day_people set part = -1 - part;
  insert into day_people (merchant, day, scope, metric, part, holders)
    select merchant, day, scope, metric, ((part / 4) >> 16) * 4 + 0, ''::bytea from day_people union
    select merchant, day, scope, metric, ((part / 4) >> 8) * 4 + 1, ''::bytea from day_people union
    select merchant, day, scope, metric, ((part / 4) >> 4) * 4 + 2, ''::bytea from day_people;
  `,
  // See sqlite/schema.ts.
  `
  set local enable_seqscan = on;
  with recursive former (merchant, code, card, kind, previous, detail) as (
    select c.merchant, c.code, c.card, f.kind, f.previous, f.detail
      from code c join fact f on f.merchant = c.merchant and f.fact = c.fact
     where c.status = 6
    union all
    select c.merchant, c.code, c.card, f.kind, f.previous, f.detail
      from former c join fact f on f.merchant = c.merchant and f.fact = c.previous
     where c.kind in (27, 23)
  )
  update code set gift_ticket = f.detail::json ->> 'gift_ticket',
                  gift_expire_time = (f.detail::json ->> 'gift_expire_time')::bigint
    from former f
   where f.kind = 30 and f.merchant = code.merchant and f.code = code.code and f.card = code.card;
  `,
  // Both indexes began with the card. Until the table was analyzed, codes were looked up by the other one, which read
  // all codes of a card.
  `
  drop index pool_by_code;
  create unique index pool_by_code on pool (merchant, code, card);
  `,
]

/** Any number will do, as long as it never changes. */
const UPGRADE_LOCK = 0x6b617175

/**
 * Brings the database to this program's version; of several processes that start together, one does it and the others
 * wait.
 *
 * @throws NewerDatabase if the database is ahead of this program; an error if it holds another program's tables
 */
export async function migrate(db: Database): Promise<void> {
  const connection = await db.reserve()
  try {
    // Whoever has waited for the lock must see what was done meanwhile.
    await connection.run('begin isolation level read committed')
    await connection.run(`select pg_advisory_xact_lock(${UPGRADE_LOCK})`)
    const version = await versionOf(connection)
    for (const statements of VERSIONS.slice(version)) await connection.run(statements)
    if (version === 0) await connection.run('create table schema_version (version integer not null)')
    if (version < VERSIONS.length) {
      await connection.run(
        `delete from schema_version; insert into schema_version (version) values (${VERSIONS.length})`,
      )
    }
    await connection.run('commit')
  } catch (error) {
    await connection.run('rollback').catch(() => {})
    throw error
  } finally {
    connection.release()
  }
}

/** Looks in the schema that tables would be made in. */
const LOOK = `
  with here (name) as (select quote_ident(current_schema()) || '.')
  select current_setting('server_encoding') as encoding, to_regclass(here.name || 'merchant')::text as merchant,
         (select string_agg(attname || ' ' || atttypid::regtype, ', ' order by attnum) from pg_attribute
           where attrelid = to_regclass(here.name || 'schema_version') and attnum > 0 and not attisdropped) as columns
    from here`

/** Encodings that can hold every text. */
const ENCODINGS = new Set(['UTF8', 'SQL_ASCII'])

/**
 * Tells the database's version, 0 while it is empty.
 *
 * @throws NewerDatabase if it is ahead of this program; an error if it holds another program's tables, or cannot hold
 * every text
 */
async function versionOf(connection: Pick<Connection, 'ask'>): Promise<number> {
  const [found] = await connection.ask<{ encoding: string; merchant: string | null; columns: string | null }>(LOOK)
  const { encoding, merchant, columns } = found!
  if (!ENCODINGS.has(encoding)) throw new Error(`the database's encoding is ${encoding}, and has to be UTF8`)
  if (columns === null && merchant === null) return 0
  if (columns !== 'version integer' || merchant === null) throw new Error(IS_FOREIGN)
  const [stored] = await connection.ask<{ version: number }>('select version from schema_version')
  if (!stored) throw new Error(IS_FOREIGN)
  return checkVersion(stored.version, VERSIONS.length)
}

/**
 * For those who only read.
 *
 * @throws as versionOf; an error if there is nothing yet, or the database is behind this program
 */
export async function checkCurrent(connection: Pick<Connection, 'ask'>): Promise<void> {
  const version = await versionOf(connection)
  if (version === 0) throw new Error('DATABASE_URL: the database holds no data yet')
  checkUpgraded(version, VERSIONS.length)
}

const IS_FOREIGN = 'the database holds tables of another program: Kaquan needs a database, or a schema, of its own'
