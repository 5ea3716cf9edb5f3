import { DEFAULT_LIMIT } from '../code/status.ts'
import type { ChangingRows, CodeRow, Counts, HoldingRow, Rows } from '../rows.ts'

/**
 * How many codes of a card someone has received and redeemed follows from the codes they have, so a receipt or a
 * redemption changes nothing but its code. Counts are kept only if codes do not tell, since a gift has changed hands,
 * or if the codes are so many that counting them each time would take long.
 */

/**
 * From this many codes of a card on, counts are kept; so nothing has to be counted for the limit that cards have by
 * default.
 */
export const MANY = DEFAULT_LIMIT

interface OfHolder {
  card_id: string
  openid: string
}

/** How many codes of a card someone has received: without what friends gave them, but with what they gave away. */
export function receivedBy(rows: Rows, { card_id, openid }: OfHolder): number {
  const { codes, counted } = rows.holding(card_id, openid)
  return counted?.received ?? codes
}

/**
 * Whether the holder of a code that is not redeemed has redeemed at least `limit` others of its card. Undefined if that
 * depends on their codes: see redeemedIn.
 */
export function hasRedeemed(counted: Counts | undefined, limit: number): boolean | undefined {
  if (counted) return counted.consumed >= limit
  return limit >= MANY ? false : undefined
}

export const redeemedIn = (codes: readonly CodeRow[]): number =>
  codes.filter(({ status }) => status === 'CONSUMED').length

/** Changes a holding by these amounts. Codes that are new, or gone, are to be put or dropped afterwards. */
export function changeHolding(
  rows: ChangingRows,
  { card_id, openid }: OfHolder,
  { codes: more = 0, received = 0, consumed = 0 }: { codes?: number } & Partial<Counts>,
): void {
  if (more === 0 && received === 0 && !rows.counted(card_id, openid)) return
  const holding = rows.holding(card_id, openid)
  const codes = holding.codes + more
  if (!holding.counted && received === more && codes < MANY) {
    if (more !== 0) rows.putHolding({ ...holding, codes })
    return
  }
  const counts = countsOf(rows, holding)
  const counted = { received: counts.received + received, consumed: counts.consumed + consumed }
  rows.putHolding({ ...holding, codes, counted: isRedundant(codes, counted) ? undefined : counted })
}

/** Do the codes that someone has tell how many they have received and redeemed, without counts? */
export const isRedundant = (codes: number, { received }: Counts): boolean => received === codes && codes < MANY

function countsOf(rows: Rows, { card_id, openid, codes, counted }: HoldingRow): Counts {
  return counted ?? { received: codes, consumed: redeemedIn(rows.codesOfHolder(card_id, openid)) }
}
