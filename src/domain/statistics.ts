import type { FactKind } from './facts.ts'
import type { CardRow } from './rows.ts'

/** What is counted by day, and for whom. */

export const METRICS = ['view', 'receive', 'verify', 'given', 'expire', 'active'] as const

export type Metric = (typeof METRICS)[number]

const COUNTED: Partial<Record<FactKind, Metric>> = {
  card_viewed: 'view',
  code_received: 'receive',
  code_consumed: 'verify',
  gift_accepted: 'given',
  code_expired: 'expire',
  member_activated: 'active',
}

/** What a fact of this kind counts as; undefined if it is not counted. */
export const metricOf = (kind: FactKind): Metric | undefined => COUNTED[kind]

/** A fact about a code, as far as it shows what became of it. */
export interface CodeFact {
  kind: FactKind
  /** Of a receipt and of an activation: see CodeRow. */
  begin_time: number | null
  end_time: number | null
  outer_str: string | null
}

/** How a code stands after some of its facts: is it out, until when, and through which channel did it come? */
export interface Standing {
  is_out: boolean
  begin_time: number | null
  end_time: number | null
  outer_str: string | null
}

export const UNKNOWN: Standing = { is_out: false, begin_time: null, end_time: null, outer_str: null }

/**
 * How a code stands after a fact. One that is thrown away and comes back is as it was; one that had expired is good
 * again, by a wider range, if something is done with it that needs a good one.
 */
export function standingAfter(before: Standing, fact: CodeFact, wasOutWhenDeleted: boolean): Standing {
  const { kind, begin_time, end_time, outer_str } = fact
  switch (kind) {
    case 'code_received':
      return { is_out: true, begin_time, end_time, outer_str }
    case 'member_activated':
      return { ...before, is_out: true, ...(begin_time !== null && { begin_time, end_time }) }
    case 'gift_begun':
      return { ...before, is_out: true }
    case 'code_restored':
      return { ...before, is_out: wasOutWhenDeleted }
    case 'code_consumed':
    case 'code_expired':
    case 'code_deleted':
    case 'code_made_unavailable':
      return { ...before, is_out: false }
    default:
      return before
  }
}

/** How a code stood before its latest fact and after it. @param facts about one code, oldest first */
export function standings(facts: readonly CodeFact[]): { before: Standing; after: Standing } {
  let [before, after, wasOut] = [UNKNOWN, UNKNOWN, false]
  for (const fact of facts) {
    before = after
    after = standingAfter(before, fact, wasOut)
    if (fact.kind === 'code_deleted') wasOut = before.is_out
  }
  return { before, after }
}

/** The steps of a card, from being seen to being used. */
export const STEPS = ['viewed', 'received', 'redeemed', 'gifted', 'expired'] as const

export type Step = (typeof STEPS)[number]

const STEP_OF: Partial<Record<FactKind, Step>> = {
  card_viewed: 'viewed',
  code_received: 'received',
  code_consumed: 'redeemed',
  gift_accepted: 'gifted',
  code_expired: 'expired',
}

export const stepOf = (kind: FactKind): Step | undefined => STEP_OF[kind]

/** What the steps of a card can be grouped by: where holders came from, and where and by whom codes were redeemed. */
export const ASPECTS = ['channel', 'shop', 'cashier'] as const

export type Aspect = (typeof ASPECTS)[number]

/**
 * The names under which codes are out that follow their card's range, and that never end; others go by the month they
 * end in.
 */
export const BY_RANGE = 'range'
export const FOR_EVER = 'never'

export type Source = CardRow['source']

/**
 * Sums are kept for each card, under its number, and for all cards and all member cards made in one way. Distinct
 * people cannot be added up, so each of these counts its own.
 */
export const ALL_CARDS: Record<Source, number> = { console: -1, api: -2 }
export const MEMBER_CARDS: Record<Source, number> = { console: -3, api: -4 }
