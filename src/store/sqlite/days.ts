import type { DatabaseSync } from 'node:sqlite'
import type { FactKind } from '../../domain/facts.ts'
import { ASPECTS, METRICS, STEPS, type CodeFact } from '../../domain/statistics.ts'
import { FACT_KIND, SOURCE } from '../numbers.ts'
import type { CountableFact, DayChange, DaySums, MemberDay } from '../store.ts'
import type { Faces } from './rows.ts'

interface Uncounted {
  fact: number
  at: number
  kind: number
  card: number | null
  holder: number | null
  source: number | null
  version: number | null
  friend: number | null
  previous: number | null
  begin_time: number | null
  end_time: number | null
  outer_str: string | null
  shop: string | null
  cashier: string | null
}

type ChainRecord = Pick<Uncounted, 'kind' | 'previous' | 'begin_time' | 'end_time' | 'outer_str'>

const CURSOR = 'statistics'

export const COUNT_COLUMNS = METRICS.flatMap((metric) => [`${metric}_cnt`, `${metric}_user`])

/** The sums of the days, as the one who writes changes them. */
export function openDaySums(db: DatabaseSync, faces: Faces): (merchant: number) => DaySums {
  const statements = prepare(db)

  function countable(merchant: number, record: Uncounted): CountableFact[] {
    const { fact, at, card, holder, source, version, friend } = record
    if (card === null || holder === null || source === null || version === null) return []
    const is_member_card = faces.of(merchant, card, version).card_type === 'MEMBER_CARD'
    const kind = FACT_KIND.name(record.kind)
    const { outer_str, shop, cashier } = record
    const history = ABOUT_CODES.has(kind) ? historyOf(merchant, record) : []
    const of = { card, holder, friend: friend ?? undefined, source: SOURCE.name(source), is_member_card }
    return [{ fact, at, kind, ...of, history, outer_str, shop, cashier }]
  }

  /** Follows the chain of facts about a code back to its receipt. */
  function historyOf(merchant: number, latest: ChainRecord): CodeFact[] {
    const history = [codeFact(latest)]
    for (let { previous } = latest; previous !== null;) {
      const record = statements.fact.get(merchant, previous) as unknown as ChainRecord
      history.push(codeFact(record))
      ;({ previous } = record)
    }
    return history.toReversed()
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
    uncounted(most) {
      const { reached } = statements.reached.get({ merchant, job: CURSOR }) as { reached: number }
      const records = statements.uncounted.all({ merchant, reached, most }) as unknown as Uncounted[]
      if (records.length === 0) return undefined
      return { facts: records.flatMap((record) => countable(merchant, record)), last: records.at(-1)!.fact }
    },
    newPeople: (people) =>
      people.filter(
        ({ day, scope, metric, holder }) =>
          statements.insertPerson.run(merchant, day, scope, metric, holder).changes === 1,
      ),
    memberDays: (source, holder) =>
      statements.memberDays.all(merchant, SOURCE.of(source), holder) as unknown as MemberDay[],
    addMemberDay(source, holder, { day, by }) {
      statements.addMemberDay.run(merchant, SOURCE.of(source), holder, day, by)
    },
    add(changes) {
      for (const change of changes) addTo(merchant, change)
    },
    addSteps(changes) {
      for (const { card, aspect, day, name, counts } of changes) {
        statements.addSteps.run(merchant, card, ASPECTS.indexOf(aspect), day, name, ...counts)
      }
    },
    addOut(changes) {
      for (const { card, month, by } of changes) statements.addOut.run(merchant, card, month, by)
    },
    moveTo(fact) {
      statements.move.run(merchant, CURSOR, fact)
    },
  })
}

/** The kinds that have a code with a history behind them. */
const ABOUT_CODES = new Set<FactKind>([
  'code_received',
  'code_consumed',
  'code_expired',
  'code_deleted',
  'code_restored',
  'code_made_unavailable',
  'gift_begun',
  'gift_accepted',
  'member_activated',
])

const codeFact = ({ kind, begin_time, end_time, outer_str }: ChainRecord): CodeFact => ({
  kind: FACT_KIND.name(kind),
  begin_time,
  end_time,
  outer_str,
})

function prepare(db: DatabaseSync) {
  return {
    reached: db.prepare(
      'select coalesce((select reached from progress where merchant = :merchant and job = :job), 0) as reached',
    ),
    move: db.prepare('insert or replace into progress (merchant, job, reached) values (?, ?, ?)'),
    uncounted: db.prepare(
      `select f.fact, f.at, f.kind, f.card, f.holder, k.source, k.version,
              case when f.kind = ${FACT_KIND.of('gift_accepted')} then
                (select h.holder from holder h where h.merchant = f.merchant and h.openid = f.detail ->> 'friend')
              end as friend,
              f.previous, f.begin_time, f.end_time, f.outer_str,
              cast(f.detail ->> 'location_id' as text) as shop, f.detail ->> 'staff_openid' as cashier
         from fact f
         left join card k on k.merchant = f.merchant and k.card = f.card
        where f.merchant = :merchant and f.fact > :reached
        order by f.fact limit :most`,
    ),
    fact: db.prepare(
      'select kind, previous, begin_time, end_time, outer_str from fact where merchant = ? and fact = ?',
    ),
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
    insertPerson: db.prepare(
      'insert or ignore into day_person (merchant, day, scope, metric, holder) values (?, ?, ?, ?, ?)',
    ),
    memberDays: db.prepare(
      'select day, cards as by from member where merchant = ? and source = ? and holder = ? order by day',
    ),
    addMemberDay: db.prepare(
      `insert into member (merchant, source, holder, day, cards) values (?, ?, ?, ?, ?)
       on conflict (merchant, source, holder, day) do update set cards = cards + excluded.cards`,
    ),
    // A day of member cards begins with the totals of the one before it: day_of_members.
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
