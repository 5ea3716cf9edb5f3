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
  DayPeople,
  Member,
  MemberDay,
  OutChange,
  StepChange,
  SumChanges,
} from '../store/store.ts'
import { countMembers, keyOfMember } from './members.ts'

/** Stands for all days: holds the people who ever received a member card. */
const EVER = 0

const RECEIVE = METRICS.indexOf('receive')

/** The sums of a day and scope as far as some facts change them, and who did what, by the place of the metric. */
interface DayCount {
  change: DayChange
  holders: (Set<number> | undefined)[]
}

/** What some facts add to the sums. */
export class Count {
  readonly #calendar: Calendar
  readonly #days = new Map<number, Map<number, DayCount>>()
  readonly #steps = new Map<string, StepChange>()
  readonly #out = new Map<string, OutChange>()
  readonly #months = new Map<number, string>()
  /** The facts about member cards. */
  readonly #memberFacts: CountableFact[] = []
  /** By scope and holder: the day on which someone received a first member card, as far as these facts tell. */
  readonly #firstReceipts = new Map<number, Map<number, number>>()

  constructor(calendar: Calendar) {
    this.#calendar = calendar
  }

  add(facts: readonly CountableFact[]): void {
    for (const fact of facts) {
      const day = this.#calendar.dayOf(fact.at)
      this.#addOut(fact)
      if (fact.is_member_card) this.#addMember(fact, day)
      if (isCountedBefore(fact)) continue
      this.#addToDay(fact, day)
      this.#addSteps(fact, day)
    }
  }

  /** Who did what on which day, in the order of their key, as the table lies on the disk. */
  people(): DayPeople[] {
    const people: DayPeople[] = []
    for (const [scope, holders] of this.#firstReceipts) {
      people.push({ day: EVER, scope, metric: RECEIVE, holders: ascending(holders.keys()) })
    }
    for (const [day, scopes] of this.#days) {
      for (const [scope, { holders }] of scopes) {
        holders.forEach((of, metric) => of && people.push({ day, scope, metric, holders: ascending(of) }))
      }
    }
    return people.sort((a, b) => a.day - b.day || a.scope - b.scope || a.metric - b.metric)
  }

  /** Whose member cards these facts are about. */
  members(): Member[] {
    const members = new Map<string, Member>()
    for (const { source, holder, friend } of this.#memberFacts) {
      for (const whose of [holder, friend]) {
        if (whose !== undefined) members.set(keyOfMember(source, whose), { source, holder: whose })
      }
    }
    return [...members.values()]
  }

  /**
   * To be called once it is known who is new and who was a member before.
   *
   * @param newPeople those of `people` who were not there yet
   * @param memberDays how many more, or fewer, member cards each of `members` had on each day so far
   */
  changes(newPeople: readonly DayPeople[], memberDays: readonly MemberDay[]): SumChanges {
    for (const { day, scope, metric, holders } of newPeople) {
      if (day !== EVER) this.#dayOf(day, scope).change.users[metric]! += holders.length
      else {
        const receipts = this.#firstReceipts.get(scope)!
        for (const holder of holders) this.#dayOf(receipts.get(holder)!, scope).change.total_receive_user += 1
      }
    }
    const members = countMembers(this.#memberFacts, this.#calendar, memberDays, ({ day, source, by }) => {
      this.#dayOf(day, MEMBER_CARDS[source]).change.total_user += by
    })
    return {
      members,
      days: [...this.#days.values()].flatMap((scopes) => [...scopes.values()].map(({ change }) => change)),
      steps: [...this.#steps.values()],
      out: [...this.#out.values()].filter(({ by }) => by !== 0),
    }
  }

  #dayOf(day: number, scope: number): DayCount {
    let scopes = this.#days.get(day)
    if (!scopes) this.#days.set(day, (scopes = new Map()))
    let count = scopes.get(scope)
    if (!count) scopes.set(scope, (count = { change: noChange(day, scope), holders: METRICS.map(() => undefined) }))
    return count
  }

  #addToDay(fact: CountableFact, day: number): void {
    const metric = metricOf(fact.kind)
    if (!metric) return
    const place = METRICS.indexOf(metric)
    for (const scope of scopesOf(fact)) {
      const { change, holders } = this.#dayOf(day, scope)
      change.counts[place]! += 1
      ;(holders[place] ??= new Set()).add(fact.holder)
    }
  }

  #addMember(fact: CountableFact, day: number): void {
    this.#memberFacts.push(fact)
    if (fact.kind !== 'code_received') return
    const scope = MEMBER_CARDS[fact.source]
    let receipts = this.#firstReceipts.get(scope)
    if (!receipts) this.#firstReceipts.set(scope, (receipts = new Map()))
    if (!receipts.has(fact.holder)) receipts.set(fact.holder, day)
  }

  #addSteps({ kind, card, shop, cashier, history, outer_str }: CountableFact, day: number): void {
    const step = stepOf(kind)
    if (!step) return
    const channel = history[0]?.outer_str ?? outer_str ?? ''
    for (const [aspect, name] of Object.entries({ channel, shop, cashier })) {
      if (name === null) continue
      const key = `${day} ${card} ${aspect} ${name}`
      let change = this.#steps.get(key)
      if (!change) {
        this.#steps.set(key, (change = { day, card, aspect: aspect as Aspect, name, counts: STEPS.map(() => 0) }))
      }
      change.counts[STEPS.indexOf(step)]! += 1
    }
  }

  #addOut({ card, history }: CountableFact): void {
    const { before, after } = standings(history)
    for (const [standing, by] of [
      [before, -1],
      [after, 1],
    ] as const) {
      if (!standing.is_out) continue
      const month = this.#monthOf(standing)
      const key = `${card} ${month}`
      const change = this.#out.get(key)
      if (change) change.by += by
      else this.#out.set(key, { card, month, by })
    }
  }

  #monthOf({ begin_time, end_time }: Standing): string {
    if (end_time === null) return begin_time === null ? BY_RANGE : FOR_EVER
    let month = this.#months.get(end_time)
    if (month === undefined) {
      this.#months.set(end_time, (month = dateOf(this.#calendar.dayOf(end_time)).slice(0, 7)))
    }
    return month
  }
}

const ascending = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b)

/** A code that expired, was thrown away, and was taken back after its range was widened expires once more. */
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
