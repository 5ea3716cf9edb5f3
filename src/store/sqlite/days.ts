import type { DatabaseSync } from 'node:sqlite'
import type { FactKind } from '../../domain/facts.ts'
import { ASPECTS, METRICS, STEPS, type CodeFact } from '../../domain/statistics.ts'
import { FACT_KIND, SOURCE } from '../numbers.ts'
import type { CountableFact, DayChange, DaySums, MemberDay } from '../store.ts'
import { asLists, type Faces } from './rows.ts'

/** Lists, as in questions.ts: facts are counted by the million. */
type Uncounted = [
  fact: number,
  at: number,
  kind: number,
  card: number | null,
  holder: number | null,
  detail: string | null,
  previous: number | null,
  begin_time: number | null,
  end_time: number | null,
  outer_str: string | null,
]

type Former = [
  kind: number,
  previous: number | null,
  begin_time: number | null,
  end_time: number | null,
  outer_str: string | null,
]

/** What the detail of a fact may tell statistics: of a gift who took it, of a redemption where and by whom. */
interface Detail {
  friend?: string
  location_id?: number
  staff_openid?: string
}

type CardOfFact = Pick<CountableFact, 'source' | 'is_member_card'>

const CURSOR = 'statistics'

export const COUNT_COLUMNS = METRICS.flatMap((metric) => [`${metric}_cnt`, `${metric}_user`])

/** The sums of the days, as the one who writes changes them. */
export function openDaySums(db: DatabaseSync, faces: Faces): (merchant: number) => DaySums {
  const statements = prepare(db)

  /** A card stays what it is while facts are counted, and most of them are about few cards. */
  function cardsOf(merchant: number): (card: number) => CardOfFact {
    const known = new Map<number, CardOfFact>()
    return (card) => {
      let of = known.get(card)
      if (!of) {
        const { source, version } = statements.card.get(merchant, card) as { source: number; version: number }
        const is_member_card = faces.of(merchant, card, version).card_type === 'MEMBER_CARD'
        known.set(card, (of = { source: SOURCE.name(source), is_member_card }))
      }
      return of
    }
  }

  function countable(merchant: number, record: Uncounted, cardOf: (card: number) => CardOfFact): CountableFact[] {
    const [fact, at, number, card, holder, json, previous, begin_time, end_time, outer_str] = record
    if (card === null || holder === null) return []
    const kind = FACT_KIND.name(number)
    const { friend, location_id, staff_openid }: Detail = TELLING.has(kind) && json !== null ? JSON.parse(json) : {}
    const latest: Former = [number, previous, begin_time, end_time, outer_str]
    return [
      {
        fact,
        at,
        kind,
        card,
        holder,
        friend: friend === undefined ? undefined : holderOf(merchant, friend),
        ...cardOf(card),
        history: ABOUT_CODES.has(kind) ? historyOf(merchant, latest) : [],
        outer_str,
        shop: location_id === undefined ? null : String(location_id),
        cashier: staff_openid ?? null,
      },
    ]
  }

  const holderOf = (merchant: number, openid: string): number =>
    (statements.holder.get(merchant, openid) as { holder: number }).holder

  /** Follows the chain of facts about a code back to its receipt. */
  function historyOf(merchant: number, latest: Former): CodeFact[] {
    const history = [codeFact(latest)]
    for (let [, previous] = latest; previous !== null;) {
      const former = statements.fact.get(merchant, previous) as unknown as Former
      history.push(codeFact(former))
      ;[, previous] = former
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
      const cardOf = cardsOf(merchant)
      return { facts: records.flatMap((record) => countable(merchant, record, cardOf)), last: records.at(-1)![0] }
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

/** The kinds whose detail is read. */
const TELLING = new Set<FactKind>(['gift_accepted', 'code_consumed'])

const codeFact = ([kind, , begin_time, end_time, outer_str]: Former): CodeFact => ({
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
    uncounted: asLists(
      db.prepare(
        `select fact, at, kind, card, holder, detail, previous, begin_time, end_time, outer_str
           from fact
          where merchant = :merchant and fact > :reached
          order by fact limit :most`,
      ),
    ),
    fact: asLists(
      db.prepare('select kind, previous, begin_time, end_time, outer_str from fact where merchant = ? and fact = ?'),
    ),
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
