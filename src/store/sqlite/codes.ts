import type { CodeRow } from '../../domain/rows.ts'
import { CODE_STATUS } from '../numbers.ts'
import { CODE_COLUMNS } from '../rows.ts'

/** A code as a list of CODE_COLUMNS: nothing is read more often than codes. */
export type CodeList = [
  code: string,
  card: number,
  holder: number,
  openid: string,
  status: number,
  begin_time: number | null,
  end_time: number | null,
  outer_str: string | null,
  gift_ticket: string | null,
  gift_expire_time: number | null,
  fact: number,
]

/** What a holder has of a card: see HoldingRecord. */
export type HoldingList = [codes: number, received: number | null, consumed: number | null]

/** The counts that are kept of it: see CountedRecord. */
export type CountedList = [codes: number | null, received: number | null, consumed: number | null]

/**
 * To be followed by a condition on `code` as c.
 *
 * @param columns others that come first, and the joins that they need
 */
export const selectCode = (columns: readonly string[] = [], joins = ''): string => `
  select ${[...columns, CODE_COLUMNS].join(', ')}
    from code c
    join holder h on h.merchant = c.merchant and h.holder = c.holder ${joins}`

export const codeRow = (
  [code, , , openid, status, begin_time, end_time, outer_str, gift_ticket, gift_expire_time, fact]: CodeList,
  card_id: string,
): CodeRow => ({
  code,
  card_id,
  openid,
  status: CODE_STATUS.name(status),
  begin_time,
  end_time,
  outer_str,
  gift_ticket,
  gift_expire_time,
  fact,
})
