import type { Calendar } from '../clock.ts'
import { ALL_CARDS, changeOfMembership, MEMBER_CARDS, METRICS, metricOf } from '../domain/statistics.ts'
import type { CountableFact, DayChange, DayPerson, DaySums, Writer } from '../store/store.ts'

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
    if (!metric) continue
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
    if (fact.is_member_card) countMembers(fact, days, changeOf(calendar.dayOf(fact.at), MEMBER_CARDS[fact.source]))
  }
  days.add(changes.values())
}

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

function countMembers(
  { kind, source, holder, friend, was_expired }: CountableFact,
  days: DaySums,
  change: DayChange,
): void {
  if (kind === 'code_received') {
    const everReceived = { day: EVER, scope: MEMBER_CARDS[source], metric: METRICS.indexOf('receive'), holder }
    change.total_receive_user += days.newPeople([everReceived]).length
  }
  const by = changeOfMembership(kind, was_expired)
  if (!by) return
  change.total_user += membersMore(days.changeMember(source, holder, by.holder), by.holder)
  if (friend !== undefined) {
    change.total_user += membersMore(days.changeMember(source, friend, by.friend), by.friend)
  }
}

/** Does someone become a member, 1, or stop being one, -1? */
const membersMore = (before: number, by: number): number => Number(before + by > 0) - Number(before > 0)
