import type { FactKind } from './facts.ts'
import type { CardRow } from './rows.ts'

/** What is counted, by day, and whom it is counted for. */

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

/** What a fact of this kind is counted as; undefined where it is not counted. */
export const metricOf = (kind: FactKind): Metric | undefined => COUNTED[kind]

/**
 * How a fact changes the number of a holder's member cards that are good: of its holder, and of the friend of a gift.
 *
 * @param was_expired was the code counted as expired before? Then it is not taken away, nor brought back, once more.
 */
export function changeOfMembership(
  kind: FactKind,
  was_expired: boolean,
): { holder: number; friend: number } | undefined {
  if (was_expired) return undefined
  switch (kind) {
    case 'code_received':
    case 'code_restored':
      return { holder: 1, friend: 0 }
    case 'code_consumed':
    case 'code_expired':
    case 'code_deleted':
    case 'code_made_unavailable':
      return { holder: -1, friend: 0 }
    case 'gift_accepted':
      return { holder: -1, friend: 1 }
    default:
      return undefined
  }
}

export type Source = CardRow['source']

/**
 * Sums are kept for each card, under its number, and for all cards and all member cards that were made in one way. Distinct people
 * cannot be added up, so each of these counts its own.
 */
export const ALL_CARDS: Record<Source, number> = { console: -1, api: -2 }
export const MEMBER_CARDS: Record<Source, number> = { console: -3, api: -4 }
