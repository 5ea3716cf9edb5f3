import type { CodeRow } from '../../src/domain/rows.ts'
import { NOW } from './given.ts'

/** A code on its way to a friend, who has one more hour to take it. */
export const GIFTING = {
  status: 'GIFTING',
  gift_ticket: 'ticket',
  gift_expire_time: NOW + 3600,
} as const satisfies Partial<CodeRow>
