import type { DatabaseSync } from 'node:sqlite'
import { ASPECTS, STEPS } from '../../domain/statistics.ts'
import { SOURCE } from '../numbers.ts'
import { join, rowsOf, type PeopleRow } from '../people.ts'
import type { DayChange, DayPeople, MemberDay, Sums } from '../store.ts'
import {
  CHAIN_COLUMNS,
  countable,
  COUNT_COLUMNS,
  CURSOR,
  UNCOUNTED_COLUMNS,
  type Around,
  type ChainRecord,
  type UncountedRecord,
} from '../sums.ts'
import type { Faces } from './faces.ts'
import { asLists } from './lists.ts'

/** The sums of the days, for the writer. */
export function openSums(db: DatabaseSync, faces: Faces): (merchant: number) => Sums {
  const statements = prepare(db)

  /** Cards do not change while facts are counted, and most facts are about few cards. */
  function aroundFactsOf(merchant: number): Around {
    const cards = new Map<number, ReturnType<Around['card']>>()
    return {
      card(card) {
        let of = cards.get(card)
        if (!of) {
          const { source, version } = statements.card.get(merchant, card) as { source: number; version: number }
          const is_member_card = faces.of(merchant, card, version).card_type === 'MEMBER_CARD'
          cards.set(card, (of = { source: SOURCE.name(source), is_member_card }))
        }
        return of
      },
      holder: (openid) => (statements.holder.get(merchant, openid) as { holder: number }).holder,
      fact: (fact) => statements.fact.get(merchant, fact) as unknown as ChainRecord,
    }
  }

  function addTo(merchant: number, change: DayChange): void {
    const { day, scope, counts, users, total_user, total_receive_user } = change
    statements.beginDay.run({ merchant, day, scope })
    statements.count.run(...counts.flatMap((count, place) => [count, users[place]!]), merchant, day, scope)
    if (total_user !== 0 || total_receive_user !== 0) {
      statements.addTotals.run({ merchant, day, scope, total_user, total_receive_user })
    }
  }

  return (merchant) => ({
    reached: () => (statements.reached.get({ merchant, job: CURSOR }) as { reached: number }).reached,
    factsAfter(fact, most) {
      const records = statements.factsAfter.all({ merchant, fact, most }) as unknown as UncountedRecord[]
      if (records.length === 0) return undefined
      const around = aroundFactsOf(merchant)
      return { facts: records.flatMap((record) => countable(record, around)), last: records.at(-1)![0] }
    },
    newPeople(people) {
      const found: DayPeople[] = []
      const come = (row: PeopleRow): void => {
        const known = statements.people.get(merchant, row.day, row.scope, row.metric, row.part)
        const { changed, people: joined, next } = join((known as { holders: Uint8Array } | undefined)?.holders, row)
        for (const { day, scope, metric, part, holders } of changed) {
          statements.putPeople.run(merchant, day, scope, metric, part, holders)
        }
        found.push(...joined)
        next.forEach(come)
      }
      rowsOf(people).forEach(come)
      return found
    },
    memberDays: (members) =>
      members.flatMap(({ source, holder }) => {
        const records = statements.memberDays.all(merchant, SOURCE.of(source), holder) as unknown as MemberDay[]
        return records.map(({ day, by }) => ({ source, holder, day, by }))
      }),
    add({ days, steps, out, members }, last) {
      for (const change of days) addTo(merchant, change)
      for (const { card, aspect, day, name, counts } of steps) {
        statements.addSteps.run(merchant, card, ASPECTS.indexOf(aspect), day, name, ...counts)
      }
      for (const { card, month, by } of out) statements.addOut.run(merchant, card, month, by)
      for (const { source, holder, day, by } of members) {
        statements.addMemberDay.run(merchant, SOURCE.of(source), holder, day, by)
      }
      statements.move.run(merchant, CURSOR, last)
    },
  })
}

function prepare(db: DatabaseSync) {
  return {
    reached: db.prepare(
      'select coalesce((select reached from progress where merchant = :merchant and job = :job), 0) as reached',
    ),
    move: db.prepare('insert or replace into progress (merchant, job, reached) values (?, ?, ?)'),
    factsAfter: asLists(
      db.prepare(
        `select ${UNCOUNTED_COLUMNS.join(', ')}
           from fact
          where merchant = :merchant and fact > :fact
          order by fact limit :most`,
      ),
    ),
    fact: asLists(db.prepare(`select ${CHAIN_COLUMNS.join(', ')} from fact where merchant = ? and fact = ?`)),
    card: db.prepare('select source, version from card where merchant = ? and card = ?'),
    holder: db.prepare('select holder from holder where merchant = ? and openid = ?'),
    addSteps: db.prepare(
      `insert into step (merchant, card, aspect, day, name, ${STEPS.join(', ')})
       values (?, ?, ?, ?, ?, ${STEPS.map(() => '?').join(', ')})
       on conflict (merchant, card, aspect, day, name)
       do update set ${STEPS.map((step) => `${step} = ${step} + excluded.${step}`).join(', ')}`,
    ),
    addOut: db.prepare(
      `insert into outstanding (merchant, card, month, codes) values (?, ?, ?, ?)
       on conflict (merchant, card, month) do update set codes = codes + excluded.codes`,
    ),
    people: db.prepare(
      'select holders from day_people where merchant = ? and day = ? and scope = ? and metric = ? and part = ?',
    ),
    putPeople: db.prepare(
      'insert or replace into day_people (merchant, day, scope, metric, part, holders) values (?, ?, ?, ?, ?, ?)',
    ),
    memberDays: db.prepare(
      'select day, cards as by from member where merchant = ? and source = ? and holder = ? order by day',
    ),
    addMemberDay: db.prepare(
      `insert into member (merchant, source, holder, day, cards) values (?, ?, ?, ?, ?)
       on conflict (merchant, source, holder, day) do update set cards = cards + excluded.cards`,
    ),
    // day_of_members: a day of member cards begins with the totals of the day before.
    beginDay: db.prepare(
      `insert or ignore into day (merchant, day, scope, ${COUNT_COLUMNS.join(', ')}, total_user, total_receive_user)
       select :merchant, :day, :scope, ${COUNT_COLUMNS.map(() => '0').join(', ')},
              coalesce(before.total_user, 0), coalesce(before.total_receive_user, 0)
         from (select 1) left join
              (select total_user, total_receive_user from day
                where merchant = :merchant and scope = :scope and scope < -2 and day < :day
                order by day desc limit 1) before`,
    ),
    count: db.prepare(
      `update day set ${COUNT_COLUMNS.map((name) => `${name} = ${name} + ?`).join(', ')}
        where merchant = ? and day = ? and scope = ?`,
    ),
    addTotals: db.prepare(
      `update day set total_user = total_user + :total_user, total_receive_user = total_receive_user + :total_receive_user
        where merchant = :merchant and scope = :scope and scope < -2 and day >= :day`,
    ),
  }
}
