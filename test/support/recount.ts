import type { NumberedFact } from '../../src/domain/facts.ts'

/** Counts days anew, from the facts alone and with nothing of the program: slow, and plain enough to be believed. */

export type Counted = 'view' | 'receive' | 'verify' | 'given' | 'expire' | 'active'

/** What happened on one day: how often, and to how many people. */
export type DayCounts = Record<`${Counted}_cnt` | `${Counted}_user`, number>

export interface MemberCounts {
  /** Holders of at least one good member card, at the end of the day. */
  total_user: number
  /** Holders who ever received one. */
  total_receive_user: number
}

type Source = 'console' | 'api'

export interface Recount {
  /**
   * The days on which something is counted, of one kind of cards or of one card; of member cards those too on which
   * there are more or fewer members than on the day before.
   */
  activeDays(of: Scope): string[]
  counts(day: string, of: Scope): DayCounts
  members(day: string, source: Source): MemberCounts
}

export type Scope = { card_id: string } | { source: Source; members: boolean }

const WHAT: Partial<Record<NumberedFact['kind'], Counted>> = {
  card_viewed: 'view',
  code_received: 'receive',
  code_consumed: 'verify',
  gift_accepted: 'given',
  code_expired: 'expire',
  member_activated: 'active',
}

const NAMES: readonly Counted[] = ['view', 'receive', 'verify', 'given', 'expire', 'active']

interface Card {
  card_id: string
  source: Source
  isMemberCard: boolean
}

interface Event {
  day: string
  card: Card
  what: Counted
  openid: string
}

/** One code through all its numbers and hands. */
interface Life {
  card: Card
  facts: NumberedFact[]
}

/** The date that a clock on the wall shows. */
export function dateIn(time_zone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: time_zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  return (at) => format.format(at * 1000)
}

export function recount(facts: readonly NumberedFact[], time_zone: string): Recount {
  const dateOf = dateIn(time_zone)
  const cards = new Map<string, Card>()
  const lives = new Map<number, Life>()
  const events: Event[] = []

  for (const fact of facts) {
    if (fact.kind === 'card_created') {
      const { source, face } = fact.detail
      cards.set(fact.card_id, { card_id: fact.card_id, source, isMemberCard: face.card_type === 'MEMBER_CARD' })
    }
    if (!('openid' in fact)) continue
    const { card_id, openid, at, kind, previous } = fact
    const card = cards.get(card_id)!
    const what = WHAT[kind]
    const life = previous === null ? { card, facts: [] } : lives.get(previous)!
    const again = kind === 'code_expired' && isExpired(life.facts)
    if (what && !again) events.push({ day: dateOf(at), card, what, openid })
    if (kind === 'card_viewed') continue
    life.facts.push(fact)
    lives.set(fact.fact, life)
  }
  const memberships = [...new Set(lives.values())].filter(({ card }) => card.isMemberCard)

  const eventsOf = (of: Scope): Event[] =>
    events.filter(({ card }) =>
      'card_id' in of ? card.card_id === of.card_id : card.source === of.source && (card.isMemberCard || !of.members),
    )

  const countMembers = (day: string, source: Source): MemberCounts => {
    const until = memberships
      .filter(({ card }) => card.source === source)
      .map(({ facts }) => facts.filter(({ at }) => dateOf(at) <= day).toSorted((a, b) => a.at - b.at))
    const received = until.flatMap((facts) => facts.flatMap((fact) => receiverOf(fact)))
    const members = until.flatMap((facts) => ownerOf(facts) ?? [])
    return { total_user: new Set(members).size, total_receive_user: new Set(received).size }
  }

  function movingDays(source: Source): string[] {
    const days = new Set(memberships.flatMap(({ facts }) => facts.map(({ at }) => dateOf(at))))
    let before = 0
    return [...days].toSorted().filter((day) => {
      const { total_user } = countMembers(day, source)
      const moves = total_user !== before
      before = total_user
      return moves
    })
  }

  return {
    activeDays(of) {
      const moving = 'members' in of && of.members ? movingDays(of.source) : []
      return [...new Set([...eventsOf(of).map(({ day }) => day), ...moving])].toSorted()
    },
    counts(day, of) {
      const ofDay = eventsOf(of).filter((event) => event.day === day)
      const counts = NAMES.flatMap((name) => {
        const people = ofDay.filter(({ what }) => what === name).map(({ openid }) => openid)
        return [
          [`${name}_cnt`, people.length],
          [`${name}_user`, new Set(people).size],
        ]
      })
      return Object.fromEntries(counts) as DayCounts
    },
    members: countMembers,
  }
}

const receiverOf = (fact: NumberedFact): string[] => (fact.kind === 'code_received' ? [fact.openid] : [])

/** Did a code expire, and nothing after that show that it is good again? */
function isExpired(facts: readonly NumberedFact[]): boolean {
  let expired = false
  for (const { kind } of facts) {
    if (kind === 'code_expired') expired = true
    if (kind === 'gift_begun' || kind === 'member_activated') expired = false
  }
  return expired
}

/** Who has the code, where it is good. */
function ownerOf(facts: readonly NumberedFact[]): string | undefined {
  let owner: string | undefined
  let isOver = false
  let isDeleted = false
  for (const fact of facts) {
    if (fact.kind === 'code_received') owner = fact.openid
    if (fact.kind === 'gift_accepted') owner = fact.detail.friend
    if (fact.kind === 'code_consumed' || fact.kind === 'code_made_unavailable') isOver = true
    if (fact.kind === 'code_deleted') isDeleted = true
    if (fact.kind === 'code_restored') isDeleted = false
  }
  return isOver || isDeleted || isExpired(facts) ? undefined : owner
}
