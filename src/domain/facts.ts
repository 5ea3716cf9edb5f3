import type { Cells, Face, FaceChanges } from '../shape/card/card.ts'
import type { Membership, Offer, Settings, WhiteList } from './rows.ts'

/**
 * Every fact: what happened, once it cannot be undone. The tables follow from the facts and nothing else.
 *
 * A fact is stored as a narrow row: the members named in `FactColumns` have a column each, everything else goes into
 * one text, `detail`, which facts that happen by the million do without.
 */
export type Fact =
  | {
      kind: 'merchant_created'
      at: number
      detail: { secret_hash: string; sandbox: boolean; clock_offset_s: number; settings: Settings }
    }
  | { kind: 'merchant_changed'; at: number; detail: { settings: Partial<Settings> } }
  | { kind: 'secret_changed'; at: number; detail: { secret_hash: string } }
  | { kind: 'clock_moved'; at: number; detail: { clock_offset_s: number } }
  | { kind: 'white_list_set'; at: number; detail: WhiteList }
  | {
      kind: 'card_created'
      at: number
      card_id: string
      quantity: number
      detail: { source: 'console' | 'api'; face: Face }
    }
  | { kind: 'card_approved'; at: number; card_id: string }
  | { kind: 'card_refused'; at: number; card_id: string; detail: { reason: string } }
  | { kind: 'card_deleted'; at: number; card_id: string }
  | {
      kind: 'card_updated'
      at: number
      card_id: string
      detail: { changes: FaceChanges; /** Is it sent to review? */ send_check: boolean }
    }
  | { kind: 'cells_set'; at: number; card_id: string; detail: { cells: Cells } }
  | { kind: 'card_viewed'; at: number; card_id: string; openid: string; outer_str: string | null }
  | { kind: 'stock_changed'; at: number; card_id: string; /** More, or below zero: less. */ quantity: number }
  | {
      kind: 'codes_deposited'
      at: number
      card_id: string
      /** How many. */ quantity: number
      detail: { codes: readonly string[] }
    }
  | {
      kind: 'code_received'
      at: number
      card_id: string
      code: string
      openid: string
      /** Validity, as in CodeRow. */
      begin_time: number | null
      end_time: number | null
      outer_str: string | null
    }
  | {
      kind: 'code_consumed'
      at: number
      card_id: string
      code: string
      openid: string
      /** The shop and the cashier, if known. */
      detail?: { location_id?: number; staff_openid?: string }
    }
  | {
      kind: 'code_made_unavailable'
      at: number
      card_id: string
      code: string
      openid: string
      detail?: { reason: string }
    }
  /** A custom code gets another number. */
  | { kind: 'code_changed'; at: number; card_id: string; code: string; openid: string; detail: { new_code: string } }
  | {
      kind: 'gift_begun'
      at: number
      card_id: string
      code: string
      openid: string
      detail: { gift_ticket: string; gift_expire_time: number }
    }
  | {
      kind: 'gift_accepted'
      at: number
      card_id: string
      /** As the giver had it; a generated code gets a new number. */
      code: string
      /** The giver. */
      openid: string
      detail: { friend: string; new_code?: string }
    }
  | {
      kind: 'member_activated'
      at: number
      card_id: string
      code: string
      openid: string
      /** A validity of its own, if the activation gives it one. */
      begin_time: number | null
      end_time: number | null
      detail: Membership
    }
  /** The code expired: `at` is the first second after its last. Found by a job. */
  | { kind: 'code_expired'; at: number; card_id: string; code: string; openid: string }
  | { kind: 'gift_returned'; at: number; card_id: string; code: string; openid: string }
  | { kind: 'code_deleted'; at: number; card_id: string; code: string; openid: string }
  | { kind: 'code_restored'; at: number; card_id: string; code: string; openid: string }
  | {
      kind: 'ticket_created'
      at: number
      detail: { ticket: string; expire_time: number; is_unique_code: boolean; offers: readonly Offer[] }
    }
  | { kind: 'ticket_used'; at: number; detail: { ticket: string } }

export type FactKind = Fact['kind']

/** The number that stands for each kind in the database. Numbers are never reused. */
export const FACT_NUMBERS: Record<FactKind, number> = {
  merchant_created: 1,
  merchant_changed: 2,
  secret_changed: 3,
  clock_moved: 4,
  white_list_set: 5,
  card_created: 10,
  card_approved: 11,
  card_refused: 12,
  card_deleted: 13,
  card_viewed: 14,
  stock_changed: 15,
  card_updated: 16,
  cells_set: 17,
  codes_deposited: 18,
  code_received: 20,
  code_consumed: 21,
  code_made_unavailable: 22,
  code_changed: 23,
  code_deleted: 24,
  code_restored: 25,
  member_activated: 26,
  code_expired: 27,
  gift_begun: 30,
  gift_accepted: 31,
  gift_returned: 32,
  ticket_created: 40,
  ticket_used: 41,
}

/** A fact in its place among the merchant's facts. */
export type NumberedFact = Fact & {
  /** Counts the merchant's facts from 1, without gaps. */
  fact: number
  /** The fact before this one about the same code, null for its first. */
  previous: number | null
}
