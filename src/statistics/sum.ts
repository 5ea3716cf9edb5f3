import { dateOf, type Calendar } from '../clock.ts'
import {
  ALL_CARDS,
  BY_RANGE,
  FOR_EVER,
  MEMBER_CARDS,
  METRICS,
  metricOf,
  standings,
  stepOf,
  STEPS,
  type Aspect,
  type Standing,
} from '../domain/statistics.ts'
import type {
  CountableFact,
  DayChange,
  DayPerson,
  Member,
  MemberDay,
  OutChange,
  RemoteWriter,
  StepChange,
  SumChanges,
  Sums,
  Writer,
} from '../store/store.ts'

/**
 * Counts a merchant's facts into the sums of their days. They are looked at a few at a time, since commands wait meanwhile, and
 * counted many together, since fewer rows are changed then: in a transaction that also moves the cursor, so each is counted once, whoever
 * asks and however often. A fact found late is counted on the day it is of.
 */
export class Counting {
  readonly #writer: Writer
  readonly #appid: string
  readonly #calendar: Calendar
  /** Those up to this one are to be counted. */
  #until: number | undefined
  /** The facts that were looked at follow one and end with another. */
  #after: number | undefined
  #last = 0
  #facts: CountableFact[] = []

  constructor(writer: Writer, appid: string, calendar: Calendar) {
    this.#writer = writer
    this.#appid = appid
    this.#calendar = calendar
  }

  /** How many facts were looked at and are not counted yet. */
  get size(): number {
    return this.#after === undefined ? 0 : this.#last - this.#after
  }

  /** Looks at some more facts, of those that were there when this was first called. @returns whether there were any */
  look(most: number): boolean {
    return this.#within((sums) => {
      this.#until ??= this.#writer.rowsOf(this.#appid).lastFact()
      if (this.#after === undefined) this.#after = this.#last = sums.reached()
      if (this.#last >= this.#until) return false
      const found = sums.factsAfter(this.#last, Math.min(most, this.#until - this.#last))
      if (!found) return false
      this.#facts.push(...found.facts)
      this.#last = found.last
      return true
    })
  }

  /** Counts those that were looked at; where others were quicker, they are to be looked at anew. */
  count(): void {
    this.#within((sums) => {
      if (sums.reached() !== this.#after) return
      const count = beginCount(this.#facts, this.#calendar)
      sums.add(count.changes(sums.newPeople(count.people), sums.memberDays(count.members)), this.#last)
    })
    this.#after = undefined
    this.#facts = []
  }

  #within<Answer>(work: (sums: Sums) => Answer): Answer {
    this.#writer.begin()
    try {
      const answer = work(this.#writer.sumsOf(this.#appid))
      this.#writer.commit()
      return answer
    } catch (error) {
      this.#writer.rollback()
      throw error
    }
  }
}

/**
 * Counts so many facts at once, in a database elsewhere. Of several processes one counts, and the others wait for it.
 *
 * @param until the last one to be counted
 * @returns whether there may be more
 */
export async function sumUpRemotely(
  writer: RemoteWriter,
  appid: string,
  calendar: Calendar,
  most: number,
  until = Number.MAX_SAFE_INTEGER,
): Promise<boolean> {
  const sums = await writer.beginSums(appid)
  if (!sums) return false
  try {
    const uncounted = await sums.uncounted(most, until)
    if (!uncounted) return false
    const count = beginCount(uncounted.facts, calendar)
    const newPeople = await sums.newPeople(count.people)
    await sums.add(count.changes(newPeople, await sums.memberDays(count.members)), uncounted.last)
    return true
  } finally {
    await sums.rollback()
  }
}

/** What some facts add to the sums, as soon as it is known who is new and who was a member before. */
export interface Count {
  /** In the order of their key, since that is how the table lies on the disk. */
  people: readonly DayPerson[]
  members: readonly Member[]
  /**
   * @param newPeople those of `people` who were not there yet
   * @param memberDays by how many member cards each of `members` had more, or less, on each day so far
   */
  changes(newPeople: readonly DayPerson[], memberDays: readonly MemberDay[]): SumChanges
}

/** Stands for all days: the people who ever received a member card. */
const EVER = 0

export function beginCount(facts: readonly CountableFact[], calendar: Calendar): Count {
  const days = new Map<string, DayChange>()
  const changeOf: ChangeOf = (day, scope) => {
    const key = `${day} ${scope}`
    let change = days.get(key)
    if (!change) days.set(key, (change = noChange(day, scope)))
    return change
  }
  const people = new Map<string, DayPerson>()
  /** On which day someone received a first member card, as far as these facts tell. */
  const firstReceipts = new Map<string, number>()
  const members = new Map<string, Member>()
  for (const fact of facts) {
    const day = calendar.dayOf(fact.at)
    countFact(fact, day, changeOf, people)
    if (!fact.is_member_card) continue
    const { kind, source, holder, friend } = fact
    for (const whose of [holder, friend]) {
      if (whose !== undefined) members.set(keyOfMember(source, whose), { source, holder: whose })
    }
    if (kind !== 'code_received') continue
    const ever = { day: EVER, scope: MEMBER_CARDS[source], metric: METRICS.indexOf('receive'), holder }
    if (people.has(keyOfPerson(ever))) continue
    people.set(keyOfPerson(ever), ever)
    firstReceipts.set(keyOfPerson(ever), day)
  }
  return {
    people: [...people.values()].sort(byKey),
    members: [...members.values()],
    changes(newPeople, memberDays) {
      for (const person of newPeople) {
        const { day, scope, metric } = person
        if (day !== EVER) changeOf(day, scope).users[metric]! += 1
        else changeOf(firstReceipts.get(keyOfPerson(person))!, scope).total_receive_user += 1
      }
      return {
        members: countMembers(facts, calendar, memberDays, changeOf),
        days: [...days.values()],
        steps: stepsOf(facts, calendar),
        out: outOf(facts, calendar),
      }
    },
  }
}

type ChangeOf = (day: number, scope: number) => DayChange

function countFact(fact: CountableFact, day: number, changeOf: ChangeOf, people: Map<string, DayPerson>): void {
  const metric = metricOf(fact.kind)
  if (!metric || isCountedBefore(fact)) return
  const place = METRICS.indexOf(metric)
  for (const scope of scopesOf(fact)) {
    changeOf(day, scope).counts[place]! += 1
    const person = { day, scope, metric: place, holder: fact.holder }
    people.set(keyOfPerson(person), person)
  }
}

const keyOfPerson = ({ day, scope, metric, holder }: DayPerson): string => `${day} ${scope} ${metric} ${holder}`

const keyOfMember = (source: Member['source'], holder: number): string => `${source} ${holder}`

/** A code that had expired, and that was thrown away and taken back after its range was widened, expires once more. */
const isCountedBefore = ({ kind, history }: CountableFact): boolean =>
  kind === 'code_expired' && !standings(history).before.is_out

const noChange = (day: number, scope: number): DayChange => ({
  day,
  scope,
  counts: METRICS.map(() => 0),
  users: METRICS.map(() => 0),
  total_user: 0,
  total_receive_user: 0,
})

const scopesOf = ({ card, source, is_member_card }: CountableFact): number[] =>
  is_member_card ? [card, ALL_CARDS[source], MEMBER_CARDS[source]] : [card, ALL_CARDS[source]]

const byKey = (a: DayPerson, b: DayPerson): number =>
  a.day - b.day || a.scope - b.scope || a.metric - b.metric || a.holder - b.holder

/** @returns by how many member cards more, or less, these facts give each member on a day */
function countMembers(
  facts: readonly CountableFact[],
  calendar: Calendar,
  memberDays: readonly MemberDay[],
  changeOf: ChangeOf,
): MemberDay[] {
  const known = Map.groupBy(memberDays, ({ source, holder }) => keyOfMember(source, holder))
  const found: MemberDay[] = []
  const hold = (change: MemberDay): void => {
    if (change.by === 0) return
    const { source, holder } = change
    const former = known.get(keyOfMember(source, holder)) ?? []
    for (const { day, by } of changesOfMember(former, change)) {
      changeOf(day, MEMBER_CARDS[source]).total_user += by
    }
    known.set(keyOfMember(source, holder), [...former, change])
    found.push(change)
  }
  for (const { at, kind, source, holder, friend, is_member_card, history } of facts) {
    if (!is_member_card) continue
    const day = calendar.dayOf(at)
    const { before, after } = standings(history)
    if (kind !== 'gift_accepted') hold({ source, holder, day, by: Number(after.is_out) - Number(before.is_out) })
    else if (friend !== undefined && after.is_out) {
      hold({ source, holder, day, by: -1 })
      hold({ source, holder: friend, day, by: 1 })
    }
  }
  return found
}

/**
 * On which days a holder becomes a member, 1, or stops being one, -1, otherwise than was counted, now that another change is
 * known: whoever has several cards is a member until the last of them goes, in whatever order that is found out.
 */
export function changesOfMember(former: readonly DayStep[], change: DayStep): DayStep[] {
  const days = [...new Set([...former.map(({ day }) => day), change.day])].sort((a, b) => a - b)
  const changes: DayStep[] = []
  let [cards, cardsNow, shift] = [0, 0, 0]
  for (const day of days) {
    const by = former.filter((one) => one.day === day).reduce((sum, one) => sum + one.by, 0)
    cards += by
    cardsNow += by + (day === change.day ? change.by : 0)
    const difference = Number(cardsNow > 0) - Number(cards > 0)
    if (difference !== shift) changes.push({ day, by: difference - shift })
    shift = difference
  }
  return changes
}

type DayStep = Pick<MemberDay, 'day' | 'by'>

function stepsOf(facts: readonly CountableFact[], calendar: Calendar): StepChange[] {
  const changes = new Map<string, StepChange>()
  for (const fact of facts) {
    const step = stepOf(fact.kind)
    if (!step || isCountedBefore(fact)) continue
    const { card, shop, cashier } = fact
    const channel = fact.history[0]?.outer_str ?? fact.outer_str ?? ''
    const day = calendar.dayOf(fact.at)
    for (const [aspect, name] of Object.entries({ channel, shop, cashier })) {
      if (name === null) continue
      const key = `${day} ${card} ${aspect} ${name}`
      let change = changes.get(key)
      if (!change) {
        changes.set(key, (change = { day, card, aspect: aspect as Aspect, name, counts: STEPS.map(() => 0) }))
      }
      change.counts[STEPS.indexOf(step)]! += 1
    }
  }
  return [...changes.values()]
}

function outOf(facts: readonly CountableFact[], calendar: Calendar): OutChange[] {
  const changes = new Map<string, OutChange>()
  const months = new Map<number, string>()
  const monthOf = ({ begin_time, end_time }: Standing): string => {
    if (end_time === null) return begin_time === null ? BY_RANGE : FOR_EVER
    let month = months.get(end_time)
    if (month === undefined) months.set(end_time, (month = dateOf(calendar.dayOf(end_time)).slice(0, 7)))
    return month
  }
  const add = (card: number, standing: Standing, by: number): void => {
    if (!standing.is_out) return
    const month = monthOf(standing)
    const change = changes.get(`${card} ${month}`)
    if (change) change.by += by
    else changes.set(`${card} ${month}`, { card, month, by })
  }
  for (const { card, history } of facts) {
    const { before, after } = standings(history)
    add(card, before, -1)
    add(card, after, 1)
  }
  return [...changes.values()].filter(({ by }) => by !== 0)
}
