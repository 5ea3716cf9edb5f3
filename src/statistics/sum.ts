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
  DaySums,
  MemberDay,
  OutChange,
  StepChange,
  Writer,
} from '../store/store.ts'

/**
 * Counts some facts that are not counted yet into the sums of their days, in a transaction that also moves the cursor: so each is
 * counted once, whoever asks and however often. A fact found late is counted on the day it is of.
 *
 * @returns whether there may be more
 */
export function sumUp(writer: Writer, appid: string, calendar: Calendar, most: number): boolean {
  writer.begin()
  try {
    const days = writer.daysOf(appid)
    const uncounted = days.uncounted(most)
    if (uncounted) {
      count(uncounted.facts, days, calendar)
      days.moveTo(uncounted.last)
    }
    writer.commit()
    return uncounted !== undefined
  } catch (error) {
    writer.rollback()
    throw error
  }
}

/** Stands for all days: the people who ever received a member card. */
const EVER = 0

function count(facts: readonly CountableFact[], days: DaySums, calendar: Calendar): void {
  const changes = new Map<string, DayChange>()
  const changeOf = (day: number, scope: number): DayChange => {
    const key = `${day} ${scope}`
    let change = changes.get(key)
    if (!change) changes.set(key, (change = noChange(day, scope)))
    return change
  }

  const people = new Map<string, DayPerson>()
  for (const fact of facts) {
    const metric = metricOf(fact.kind)
    if (!metric || isCountedBefore(fact)) continue
    const place = METRICS.indexOf(metric)
    const day = calendar.dayOf(fact.at)
    for (const scope of scopesOf(fact)) {
      changeOf(day, scope).counts[place]! += 1
      people.set(`${day} ${scope} ${place} ${fact.holder}`, { day, scope, metric: place, holder: fact.holder })
    }
  }
  // In the order of their key, since that is how the table lies on the disk.
  for (const { day, scope, metric } of days.newPeople([...people.values()].sort(byKey))) {
    changeOf(day, scope).users[metric]! += 1
  }
  for (const fact of facts) {
    if (fact.is_member_card) countMembers(fact, days, calendar.dayOf(fact.at), changeOf)
  }
  days.add(changes.values())
  days.addSteps(stepsOf(facts, calendar))
  days.addOut(outOf(facts, calendar))
}

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

type ChangeOf = (day: number, scope: number) => DayChange

function countMembers(fact: CountableFact, days: DaySums, day: number, changeOf: ChangeOf): void {
  const { kind, source, holder, friend, history } = fact
  const scope = MEMBER_CARDS[source]
  if (kind === 'code_received') {
    const everReceived = { day: EVER, scope, metric: METRICS.indexOf('receive'), holder }
    changeOf(day, scope).total_receive_user += days.newPeople([everReceived]).length
  }
  const { before, after } = standings(history)
  const hold = (whose: number, by: number): void => {
    if (by === 0) return
    const former = days.memberDays(source, whose)
    days.addMemberDay(source, whose, { day, by })
    for (const change of changesOfMember(former, { day, by })) changeOf(change.day, scope).total_user += change.by
  }
  if (kind !== 'gift_accepted') hold(holder, Number(after.is_out) - Number(before.is_out))
  else if (friend !== undefined && after.is_out) {
    hold(holder, -1)
    hold(friend, 1)
  }
}

/**
 * On which days a holder becomes a member, 1, or stops being one, -1, otherwise than was counted, now that another change is
 * known: whoever has several cards is a member until the last of them goes, in whatever order that is found out.
 */
export function changesOfMember(former: readonly MemberDay[], change: MemberDay): MemberDay[] {
  const days = [...new Set([...former.map(({ day }) => day), change.day])].sort((a, b) => a - b)
  const changes: MemberDay[] = []
  let [cards, cardsNow, shift] = [0, 0, 0]
  for (const day of days) {
    const by = former.find((one) => one.day === day)?.by ?? 0
    cards += by
    cardsNow += by + (day === change.day ? change.by : 0)
    const difference = Number(cardsNow > 0) - Number(cards > 0)
    if (difference !== shift) changes.push({ day, by: difference - shift })
    shift = difference
  }
  return changes
}

function stepsOf(facts: readonly CountableFact[], calendar: Calendar): Iterable<StepChange> {
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
  return changes.values()
}

function outOf(facts: readonly CountableFact[], calendar: Calendar): Iterable<OutChange> {
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
