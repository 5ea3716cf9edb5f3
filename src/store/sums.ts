import type { FactKind } from '../domain/facts.ts'
import { METRICS, type CodeFact } from '../domain/statistics.ts'
import { FACT_KIND } from './numbers.ts'
import type { CountableFact } from './store.ts'

/** What both engines know about counting. */

/** The name of the cursor up to which facts are counted. */
export const CURSOR = 'statistics'

export const COUNT_COLUMNS = METRICS.flatMap((metric) => [`${metric}_cnt`, `${metric}_user`])

/** The kinds whose code has a history. */
export const ABOUT_CODES = new Set<FactKind>([
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

/** What a fact tells of its code, as a list of CHAIN_COLUMNS: facts are counted by the million, and objects cost more. */
export type ChainRecord = [
  kind: number,
  previous: number | null,
  begin_time: number | null,
  end_time: number | null,
  outer_str: string | null,
]

export const CHAIN_COLUMNS = ['kind', 'previous', 'begin_time', 'end_time', 'outer_str']

/** A fact that is not counted yet, as a list of UNCOUNTED_COLUMNS. */
export type UncountedRecord = [
  fact: number,
  at: number,
  card: number | null,
  holder: number | null,
  detail: string | null,
  ...about: ChainRecord,
]

export const UNCOUNTED_COLUMNS = ['fact', 'at', 'card', 'holder', 'detail', ...CHAIN_COLUMNS]

/** What a fact's own row does not tell; asked only where it is needed. */
export interface Around {
  card(card: number): Pick<CountableFact, 'source' | 'is_member_card'>
  holder(openid: string): number
  /** The fact of this number. */
  fact(fact: number): ChainRecord
}

/** @returns an empty list if a fact is not about a card and a holder, and so is not counted */
export function countable(record: UncountedRecord, around: Around): CountableFact[] {
  const [fact, at, card, holder, detail, ...about] = record
  if (card === null || holder === null) return []
  const kind = FACT_KIND.name(about[0])
  const { friend, location_id, staff_openid } = detailOf(kind, detail)
  return [
    {
      fact,
      at,
      kind,
      card,
      holder,
      friend: friend === undefined ? undefined : around.holder(friend),
      ...around.card(card),
      history: ABOUT_CODES.has(kind) ? historyOf(about, around) : [],
      outer_str: about[4],
      shop: location_id === undefined ? null : String(location_id),
      cashier: staff_openid ?? null,
    },
  ]
}

/** Follows the chain of facts about a code back to its receipt. */
function historyOf(latest: ChainRecord, around: Around): CodeFact[] {
  const history = [codeFact(latest)]
  for (let [, previous] = latest; previous !== null;) {
    const former = around.fact(previous)
    history.push(codeFact(former))
    ;[, previous] = former
  }
  return history.toReversed()
}

const codeFact = ([kind, , begin_time, end_time, outer_str]: ChainRecord): CodeFact => ({
  kind: FACT_KIND.name(kind),
  begin_time,
  end_time,
  outer_str,
})

interface Detail {
  /** Of a gift: who took it. */
  friend?: string
  /** Of a redemption: where and by whom. */
  location_id?: number
  staff_openid?: string
}

/** The friends whom these facts name. */
export const friendsIn = (records: readonly UncountedRecord[]): string[] =>
  records.flatMap(([, , , , detail, kind]) => detailOf(FACT_KIND.name(kind), detail).friend ?? [])

const detailOf = (kind: FactKind, detail: string | null): Detail =>
  WITH_DETAIL.has(kind) && detail !== null ? (JSON.parse(detail) as Detail) : {}

/** The kinds whose detail is read. */
const WITH_DETAIL = new Set<FactKind>(['gift_accepted', 'code_consumed'])
