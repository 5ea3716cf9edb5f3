import assert from 'node:assert/strict'
import { refuse } from '../../errors.ts'
import { LAST_SECOND } from '../../shape/field.ts'
import type { Command } from '../command.ts'
import type { MerchantRow, Rows, Settings } from '../rows.ts'

export const DEFAULT_SETTINGS: Settings = {
  name: '',
  review: 'automatic',
  wechat_pay: false,
  custom_code: true,
  balance: true,
  gift_timeout_hours: 24,
  push_url: '',
  push_token: '',
  push_aes_key: '',
  ip_allowlist: '',
}

export interface CreateMerchant {
  secret_hash: string
  sandbox: boolean
  /** Only a sandbox may begin at another time than now. */
  clock_offset_s: number
  settings: Settings
}

export const createMerchant: Command<CreateMerchant, null> = (detail, { appid, rows, now }) => {
  assert(detail.sandbox || detail.clock_offset_s === 0, 'only a sandbox has a clock of its own')
  if (rows.merchant()) throw refuse('invalidAppid', `a merchant with the appid ${appid} exists already`)
  return { facts: [{ kind: 'merchant_created', at: now + detail.clock_offset_s, detail }], answer: null }
}

export const changeMerchant: Command<{ settings: Partial<Settings> }, null> = (detail, { rows, now }) => {
  findMerchant(rows)
  return { facts: [{ kind: 'merchant_changed', at: now, detail }], answer: null }
}

/** Sets a new secret. Whoever holds the old one, or a token fetched with it, is shut out. */
export const changeSecret: Command<{ secret_hash: string }, null> = (detail, { rows, now }) => {
  findMerchant(rows)
  const drop = rows.tokens().map(({ token_hash }) => token_hash)
  return { facts: [{ kind: 'secret_changed', at: now, detail }], answer: null, tokens: { put: [], drop } }
}

/** Moves the clock of a sandbox merchant, forward only: to a second, or by some seconds. */
export const moveClock: Command<{ to: number } | { by: number }, { now: number }> = (move, { rows, now }) => {
  const { sandbox, clock_offset_s } = findMerchant(rows)
  if (!sandbox) throw refuse('unauthorized', 'only a sandbox merchant has a clock of its own')
  const to = 'to' in move ? move.to : now + move.by
  if (to > LAST_SECOND) throw refuse('invalidTime', `the clock ends at ${LAST_SECOND}`)
  if (to < now) throw refuse('invalidTime', `the clock shows ${now} and goes forward only`)
  const detail = { clock_offset_s: clock_offset_s + to - now }
  return { facts: to === now ? [] : [{ kind: 'clock_moved', at: to, detail }], answer: { now: to } }
}

function findMerchant(rows: Rows): MerchantRow {
  const merchant = rows.merchant()
  if (!merchant) throw refuse('invalidAppid')
  return merchant
}
