import type { DatabaseSync } from 'node:sqlite'
import { checkUpgraded, checkVersion } from '../version.ts'

/**
 * Small numbers stand for merchants, cards and holders, and every key begins with the merchant's. Codes are clustered
 * by (merchant, code), as they are looked up. Wide texts, faces and details of facts, stay out of the hot tables. Each
 * entry brings a database from one version to the next, and never changes once it is released.
 */
const VERSIONS = [
  `
  create table merchant (
    merchant       integer primary key,
    appid          text not null unique,
    secret_hash    text not null,
    sandbox        integer not null,
    clock_offset_s integer not null,
    settings       text not null
  ) strict;

  create table token (
    token_hash  text not null,
    merchant    integer not null,
    kind        text not null,
    nonce       text not null,
    issued_at   integer not null,
    expires_at  integer not null,
    superseded  integer not null,
    forced      integer not null,
    primary key (token_hash)
  ) strict, without rowid;
  create index token_of_merchant on token (merchant);

  create table card (
    merchant       integer not null,
    card           integer not null,
    card_id        text not null,
    status         integer not null,
    source         integer not null,
    quantity       integer not null check (quantity >= 0),
    total_quantity integer not null check (total_quantity >= quantity),
    create_time    integer not null,
    update_time    integer not null,
    refuse_reason  text,
    version        integer not null,
    primary key (merchant, card)
  ) strict, without rowid;
  create unique index card_by_id on card (merchant, card_id);

  create table face (
    merchant integer not null,
    card     integer not null,
    face     text not null,
    primary key (merchant, card)
  ) strict;

  create table holder (
    merchant integer not null,
    holder   integer not null,
    openid   text not null,
    primary key (merchant, holder)
  ) strict, without rowid;
  create unique index holder_by_openid on holder (merchant, openid);

  create table holding (
    merchant integer not null,
    card     integer not null,
    holder   integer not null,
    received integer not null,
    consumed integer not null check (consumed >= 0),
    primary key (merchant, card, holder)
  ) strict, without rowid;

  create table code (
    merchant   integer not null,
    code       text not null,
    card       integer not null,
    holder     integer not null,
    status     integer not null,
    begin_time integer,
    end_time   integer,
    outer_str  text,
    fact       integer not null,
    primary key (merchant, code, card)
  ) strict, without rowid;
  create index code_of_holder on code (merchant, holder, card);

  create table fact (
    merchant   integer not null,
    fact       integer not null,
    at         integer not null,
    kind       integer not null,
    previous   integer,
    card       integer,
    code       text,
    holder     integer,
    begin_time integer,
    end_time   integer,
    quantity   integer,
    outer_str  text,
    detail     text,
    primary key (merchant, fact)
  ) strict, without rowid;
  `,
  `
  alter table merchant add column white_list text not null default '{"openids":[],"usernames":[]}';
  alter table card add column deposited integer not null default 0;
  alter table code add column gift_ticket text;
  alter table code add column gift_expire_time integer;
  create unique index code_of_gift on code (merchant, gift_ticket) where gift_ticket is not null;

  create table pool (
    merchant integer not null,
    card     integer not null,
    place    integer not null,
    code     text not null,
    primary key (merchant, card, place)
  ) strict, without rowid;
  create unique index pool_by_code on pool (merchant, card, code);

  create table ticket (
    merchant       integer not null,
    ticket         text not null,
    expire_time    integer not null,
    is_unique_code integer not null,
    used           integer not null,
    offers         text not null,
    primary key (merchant, ticket)
  ) strict, without rowid;

  create table reply (
    merchant    integer not null,
    key         text not null,
    fingerprint text not null,
    outcome     text not null,
    expires_at  integer not null,
    primary key (merchant, key)
  ) strict, without rowid;
  create index reply_by_end on reply (merchant, expires_at);

  create table session (
    merchant     integer not null,
    session_hash text not null,
    openid       text not null,
    expires_at   integer not null,
    primary key (merchant, session_hash)
  ) strict, without rowid;
  create index session_by_end on session (merchant, expires_at);
  `,
  `
  create index code_by_end on code (merchant, end_time) where end_time is not null;

  create table day (
    merchant           integer not null,
    day                integer not null,
    scope              integer not null,
    view_cnt           integer not null,
    view_user          integer not null,
    receive_cnt        integer not null,
    receive_user       integer not null,
    verify_cnt         integer not null,
    verify_user        integer not null,
    given_cnt          integer not null,
    given_user         integer not null,
    expire_cnt         integer not null,
    expire_user        integer not null,
    active_cnt         integer not null,
    active_user        integer not null,
    total_user         integer not null,
    total_receive_user integer not null,
    primary key (merchant, day, scope)
  ) strict, without rowid;
  create index day_of_members on day (merchant, scope, day) where scope < -2;

  create table day_person (
    merchant integer not null,
    day      integer not null,
    scope    integer not null,
    metric   integer not null,
    holder   integer not null,
    primary key (merchant, day, scope, metric, holder)
  ) strict, without rowid;

  create table member (
    merchant integer not null,
    source   integer not null,
    holder   integer not null,
    day      integer not null,
    cards    integer not null,
    primary key (merchant, source, holder, day)
  ) strict, without rowid;

  create table step (
    merchant integer not null,
    card     integer not null,
    aspect   integer not null,
    day      integer not null,
    name     text not null,
    viewed   integer not null,
    received integer not null,
    redeemed integer not null,
    gifted   integer not null,
    expired  integer not null,
    primary key (merchant, card, aspect, day, name)
  ) strict, without rowid;

  create table outstanding (
    merchant integer not null,
    card     integer not null,
    month    text not null,
    codes    integer not null,
    primary key (merchant, card, month)
  ) strict, without rowid;

  create table progress (
    merchant integer not null,
    job      text not null,
    reached  integer not null,
    primary key (merchant, job)
  ) strict, without rowid;
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
    holders  blob not null,
    primary key (merchant, day, scope, metric, block)
  ) strict, without rowid;

  delete from day;
  delete from member;
  delete from step;
  delete from outstanding;
  delete from progress;
  `,
  // A code that comes later stands later among those that end together: receipts of one moment change one page of the
  // index, not one each.
  `
  alter table code add column place integer not null default 0;
  drop index code_by_end;
  create index code_by_end on code (merchant, end_time, place) where end_time is not null;
  `,
  // Codes that follow their card's range are found by card, so `holding` needs no row for them; what codes tell is not
  // kept beside them. The table is renamed, so that an older program still running finds none, rather than one in which
  // holders have nothing.
  `
  drop index code_by_end;
  update code set place = fact where place = 0 and status <> 3;
  create index code_by_end on code (merchant, end_time, card, place);

  alter table holding rename to counted;
  alter table counted add column codes integer not null default 0;
  update counted
     set codes = (select count(*) from code c
                   where c.merchant = counted.merchant and c.holder = counted.holder and c.card = counted.card);
  delete from counted where received = codes and codes < 64;
  `,
  // Counts are now kept from fewer codes on: see MANY in domain/holder/holding.ts.
  `
  insert into counted (merchant, card, holder, codes, received, consumed)
    select merchant, card, holder, count(*), count(*), sum(status = 1)
      from code where true group by merchant, holder, card having count(*) between 50 and 63
    on conflict do nothing;
  `,
  // Former blocks of 4,096 holders become rows of the last level, and those above them are divided: see people.ts.
  `
  alter table day_people rename column block to part;
  update day_people set part = -1 - (part * 4 + 3);
  update day_people set part = -1 - part;
  insert into day_people (merchant, day, scope, metric, part, holders)
    select merchant, day, scope, metric, ((part / 4) >> 16) * 4 + 0, x'' from day_people union
    select merchant, day, scope, metric, ((part / 4) >> 8) * 4 + 1, x'' from day_people union
    select merchant, day, scope, metric, ((part / 4) >> 4) * 4 + 2, x'' from day_people;
  `,
  // Codes that expired on the way to a friend get the ticket of their gift back, which may be several numbers ago.
  `
  with recursive former (merchant, code, card, kind, previous, detail) as (
    select c.merchant, c.code, c.card, f.kind, f.previous, f.detail
      from code c join fact f on f.merchant = c.merchant and f.fact = c.fact
     where c.status = 6
    union all
    select c.merchant, c.code, c.card, f.kind, f.previous, f.detail
      from former c join fact f on f.merchant = c.merchant and f.fact = c.previous
     where c.kind in (27, 23)
  )
  update code set gift_ticket = f.detail ->> 'gift_ticket', gift_expire_time = f.detail ->> 'gift_expire_time'
    from former f
   where f.kind = 30 and f.merchant = code.merchant and f.code = code.code and f.card = code.card;
  `,
]

/** Tells the database's version. @throws NewerDatabase if it is ahead of this program */
function versionOf(db: DatabaseSync): number {
  const { user_version } = db.prepare('pragma user_version').get() as { user_version: number }
  return checkVersion(user_version, VERSIONS.length)
}

/** @throws NewerDatabase if the database is ahead of this program; an error if it is behind it */
export const checkCurrent = (db: DatabaseSync): void => checkUpgraded(versionOf(db), VERSIONS.length)

/** Brings the database to this program's version. */
export function migrate(db: DatabaseSync): void {
  db.exec('begin immediate')
  try {
    for (const version of VERSIONS.slice(versionOf(db))) db.exec(version)
    db.exec(`pragma user_version = ${VERSIONS.length}; commit`)
  } catch (error) {
    db.exec('rollback')
    throw error
  }
}
