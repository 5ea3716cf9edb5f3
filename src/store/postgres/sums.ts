import { ASPECTS, METRICS, STEPS } from '../../domain/statistics.ts'
import type { Face } from '../../shape/card/card.ts'
import { SOURCE } from '../numbers.ts'
import { join, rowsOf, type StoredRow } from '../people.ts'
import type { DayPeople, MemberDay, RemoteSums, SumChanges } from '../store.ts'
import {
  ABOUT_CODES,
  CHAIN_COLUMNS,
  countable,
  COUNT_COLUMNS,
  CURSOR,
  friendsIn,
  UNCOUNTED_COLUMNS,
  type Around,
  type ChainRecord,
  type UncountedRecord,
} from '../sums.ts'
import { FACT_KIND } from '../numbers.ts'
import { all, type Connection } from './connect.ts'
import { translated } from './failure.ts'
import { one, perhapsOne } from './lateral.ts'
import { BEGIN } from './save.ts'
import { listsOf, tableOf } from './table.ts'

const allOfType = (names: readonly string[], type: string) => Object.fromEntries(names.map((name) => [name, type]))

const MEMBER = tableOf('member', { source: 'integer', holder: 'bigint', day: 'integer', cards: 'bigint' }, [
  'source',
  'holder',
  'day',
])
const STEP = tableOf(
  'step',
  { card: 'integer', aspect: 'integer', day: 'integer', name: 'text', ...allOfType(STEPS, 'bigint') },
  ['card', 'aspect', 'day', 'name'],
)
const OUT = tableOf('outstanding', { card: 'integer', month: 'text', codes: 'bigint' }, ['card', 'month'])

const STATEMENTS = {
  begin: 'insert into progress (merchant, job, reached) values ($1, $2, 0) on conflict (merchant, job) do nothing',
  /** Whoever holds this row counts for the merchant; another process waits here, and then finds nothing left to count. */
  reached: 'select reached from progress where merchant = $1 and job = $2 for update',
  move: 'update progress set reached = $3 where merchant = $1 and job = $2',
  uncounted: `select ${UNCOUNTED_COLUMNS.join(', ')} from fact 
                where merchant = $1 and fact > $2 and fact <= $3 order by fact limit $4`,
  facts: `select ${['fact', ...CHAIN_COLUMNS].join(', ')} from fact where merchant = $1 and fact = any($2::bigint[])`,
  cards: `select k.card, k.source, f.face from card k join face f on f.merchant = k.merchant and f.card = k.card
           where k.merchant = $1 and k.card = any($2::integer[])`,
  // holder_by_openid
  holders: 'select openid, holder from holder where merchant = $1 and openid = any($2::text[])',
  people: `select p.holders
             from unnest($2::integer[], $3::integer[], $4::integer[], $5::integer[])
                  with ordinality w (day, scope, metric, part, place)
             ${perhapsOne('day_people p', 'p.day = w.day and p.scope = w.scope and p.metric = w.metric and p.part = w.part')} p on true
            order by w.place`,
  putPeople: `insert into day_people (merchant, day, scope, metric, part, holders)
              select $1::integer, u.*
                from unnest($2::integer[], $3::integer[], $4::integer[], $5::integer[], $6::bytea[]) u
              on conflict (merchant, day, scope, metric, part) do update set holders = excluded.holders`,
  memberDays: `select m.source, m.holder, m.day, m.cards
                 from unnest($2::integer[], $3::bigint[]) w (source, holder)
                 ${one('member m', 'm.source = w.source and m.holder = w.holder')} m`,
  addMembers: `${MEMBER.insert.statement} on conflict (merchant, source, holder, day) do update set cards = member.cards + excluded.cards`,
  addSteps: `${STEP.insert.statement} on conflict (merchant, card, aspect, day, name)
             do update set ${STEPS.map((step) => `${step} = step.${step} + excluded.${step}`).join(', ')}`,
  addOut: `${OUT.insert.statement} on conflict (merchant, card, month) do update set codes = outstanding.codes + excluded.codes`,
  // day_of_members: a day of member cards begins with the totals of the day before.
  count: `insert into day (merchant, day, scope, ${COUNT_COLUMNS.join(', ')}, total_user, total_receive_user)
          select $1::integer, u.*, coalesce(former.total_user, 0), coalesce(former.total_receive_user, 0)
            from unnest($2::integer[], $3::integer[], ${COUNT_COLUMNS.map((_, place) => `$${place + 4}::bigint[]`).join(', ')})
                 u (day, scope, ${COUNT_COLUMNS.join(', ')})
            left join lateral
                 (select total_user, total_receive_user from day d
                   where d.merchant = $1 and d.scope = u.scope and d.scope < -2 and d.day < u.day
                   order by d.day desc limit 1) former on true
          on conflict (merchant, day, scope)
          do update set ${COUNT_COLUMNS.map((name) => `${name} = day.${name} + excluded.${name}`).join(', ')}`,
  addTotals: `update day set total_user = total_user + $4::bigint, total_receive_user = total_receive_user + $5::bigint
               where merchant = $1 and scope = $3 and scope < -2 and day >= $2`,
}

/** Begins to count for one merchant. The connection is given back at the end. */
export async function beginSums(connection: Connection, merchant: number): Promise<RemoteSums> {
  const ask = <Row extends object = object>(statement: string, ...parameters: unknown[]): Promise<Row[]> =>
    translated(connection.ask<Row>(statement, [merchant, ...parameters]))
  const askFor = async <Row extends object>(statement: string, keys: readonly unknown[]): Promise<Row[]> =>
    keys.length === 0 ? [] : ask<Row>(statement, keys)
  const lists = <Record extends unknown[]>(statement: string, ...parameters: unknown[]): Promise<Record[]> =>
    translated(connection.askLists<Record>(statement, [merchant, ...parameters]))

  await connection.ask(...BEGIN)
  let open = true
  async function end(how: 'commit' | 'rollback'): Promise<void> {
    if (!open) return
    open = false
    try {
      await translated(connection.ask(how))
    } finally {
      connection.release()
    }
  }

  /** These facts and all before them about the same codes: each names the one before it. */
  async function chainsOf(facts: readonly number[]): Promise<Map<number, ChainRecord>> {
    const found = new Map<number, ChainRecord>()
    for (let wanted = facts; wanted.length > 0;) {
      const records = await lists<[fact: number, ...about: ChainRecord]>(STATEMENTS.facts, [...new Set(wanted)])
      for (const [fact, ...about] of records) found.set(fact, about)
      wanted = records.flatMap(([, , previous]) => (previous === null || found.has(previous) ? [] : previous))
    }
    return found
  }

  /** Cards do not change while facts are counted. */
  const cardOf = new Map<number, ReturnType<Around['card']>>()

  async function aroundFacts(records: readonly UncountedRecord[]): Promise<Around> {
    const unknown = new Set(records.flatMap(([, , card]) => (card === null || cardOf.has(card) ? [] : card)))
    const former = records.flatMap(([, , , , , kind, previous]) =>
      previous !== null && ABOUT_CODES.has(FACT_KIND.name(kind)) ? previous : [],
    )
    const [cards, holders, factOf] = await all([
      askFor<{ card: number; source: number; face: string }>(STATEMENTS.cards, [...unknown]),
      askFor<{ openid: string; holder: number }>(STATEMENTS.holders, friendsIn(records)),
      chainsOf(former),
    ])
    for (const { card, source, face } of cards) {
      const is_member_card = (JSON.parse(face) as Face).card_type === 'MEMBER_CARD'
      cardOf.set(card, { source: SOURCE.name(source), is_member_card })
    }
    const holderOf = new Map(holders.map(({ openid, holder }) => [openid, holder]))
    return {
      card: (card) => cardOf.get(card)!,
      fact: (fact) => factOf.get(fact)!,
      holder: (openid) => holderOf.get(openid)!,
    }
  }

  async function beginAt(): Promise<number> {
    await ask(STATEMENTS.begin, CURSOR)
    const [place] = await ask<{ reached: number }>(STATEMENTS.reached, CURSOR)
    return place!.reached
  }

  /** The last fact that was looked at. */
  let last: number | undefined
  return {
    async uncounted(most, until) {
      last ??= await beginAt()
      const records = await lists<UncountedRecord>(STATEMENTS.uncounted, last, until, most)
      if (records.length === 0) return undefined
      last = records.at(-1)![0]
      const around = await aroundFacts(records)
      return { facts: records.flatMap((record) => countable(record, around)), last }
    },
    async newPeople(people) {
      const found: DayPeople[] = []
      const changed: StoredRow[] = []
      for (let rows = rowsOf(people); rows.length > 0;) {
        const known = await ask<{ holders: Buffer | null }>(STATEMENTS.people, ...keysOf(rows))
        const joined = rows.map((row, place) => join(known[place]!.holders ?? undefined, row))
        changed.push(...joined.flatMap((one) => one.changed))
        found.push(...joined.flatMap((one) => one.people))
        rows = joined.flatMap((one) => one.next)
      }
      const holders = changed.map((row) => Buffer.from(row.holders))
      if (changed.length > 0) await ask(STATEMENTS.putPeople, ...keysOf(changed), holders)
      return found
    },
    async memberDays(members) {
      if (members.length === 0) return []
      const sources = members.map(({ source }) => SOURCE.of(source))
      const records = await lists<[source: number, holder: number, day: number, by: number]>(
        STATEMENTS.memberDays,
        sources,
        members.map(({ holder }) => holder),
      )
      return records.map(([source, holder, day, by]) => ({ source: SOURCE.name(source), holder, day, by }))
    },
    async add({ days, steps, out, members }, last) {
      const sent: Promise<unknown>[] = []
      const add = (statement: string, ...parameters: unknown[]): void => void sent.push(ask(statement, ...parameters))
      if (days.length > 0) add(STATEMENTS.count, ...countLists(days))
      for (const { day, scope, total_user, total_receive_user } of days) {
        if (total_user !== 0 || total_receive_user !== 0) {
          add(STATEMENTS.addTotals, day, scope, total_user, total_receive_user)
        }
      }
      const stepRecords = steps.map(({ counts, ...step }) => ({
        ...step,
        aspect: ASPECTS.indexOf(step.aspect),
        ...Object.fromEntries(STEPS.map((name, place) => [name, counts[place]])),
      }))
      const outRecords = out.map(({ card, month, by }) => ({ card, month, codes: by }))
      if (steps.length > 0) add(STATEMENTS.addSteps, ...listsOf(STEP.insert.columns, stepRecords))
      if (out.length > 0) add(STATEMENTS.addOut, ...listsOf(OUT.insert.columns, outRecords))
      if (members.length > 0) add(STATEMENTS.addMembers, ...listsOf(MEMBER.insert.columns, memberRecords(members)))
      add(STATEMENTS.move, CURSOR, last)
      await all(sent)
      await end('commit')
    },
    // Whoever gives up has heard a reason that matters more.
    rollback: () => end('rollback').catch(() => undefined),
  }
}

/** A list for each column. */
const keysOf = (rows: readonly Omit<StoredRow, 'holders'>[]): unknown[][] =>
  listsOf(['day', 'scope', 'metric', 'part'], rows)

/** A list for each column: the day, the scope, and those of COUNT_COLUMNS. */
const countLists = (days: SumChanges['days']): number[][] => [
  days.map(({ day }) => day),
  days.map(({ scope }) => scope),
  ...METRICS.flatMap((_, place) => [days.map(({ counts }) => counts[place]!), days.map(({ users }) => users[place]!)]),
]

/** One row for each holder and day: a statement may change a row only once. */
function memberRecords(members: SumChanges['members']) {
  const sums = new Map<string, MemberDay>()
  for (const member of members) {
    const key = `${member.source} ${member.holder} ${member.day}`
    const sum = sums.get(key)
    sums.set(key, sum ? { ...sum, by: sum.by + member.by } : member)
  }
  return [...sums.values()].map(({ source, holder, day, by }) => ({
    source: SOURCE.of(source),
    holder,
    day,
    cards: by,
  }))
}
