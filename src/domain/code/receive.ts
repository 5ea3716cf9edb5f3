import { refuse } from '../../errors.ts'
import { checkBroughtCode, isDeposited } from '../card/codes.ts'
import { findCard } from '../card/find.ts'
import { cardIsOver, checkOffered } from '../card/offered.ts'
import { fixedRange, validityAtReceipt, type Validity } from '../card/validity.ts'
import type { Command } from '../command.ts'
import type { Fact } from '../facts.ts'
import { receivedBy } from '../holder/holding.ts'
import type { CardRow, Rows } from '../rows.ts'
import { offerOf } from '../ticket/use.ts'
import { DEFAULT_LIMIT } from './status.ts'

export interface ReceiveCode {
  card_id: string
  openid: string
  /** The number of a custom code. */
  code?: string
  /** Random numbers for a generated code; the first that is free is taken. */
  fresh_codes: readonly string[]
  /** From a QR code, whose code and channel take precedence over those of the request. */
  ticket?: string
  outer_str?: string
}

export interface Received extends Validity {
  card_id: string
  code: string
  openid: string
}

/** 领取: a holder receives a code. If 64 ask together for the last 10, ten get one. */
export const receiveCode: Command<ReceiveCode, Received> = (request, { rows, now, calendar }) => {
  const { card_id, openid, ticket } = request
  const card = findCard(rows, card_id)
  checkOffered(card, now, rows.merchant()!.white_list.openids.includes(openid))
  const offer = ticket === undefined ? undefined : offerOf(rows, { ticket, card_id, openid }, now)
  const outer_str = offer?.outer_str ?? request.outer_str ?? null
  const code = chooseCode(card, offer?.code ?? request.code, request.fresh_codes, rows)
  if (card.quantity < 1) throw refuse('stockUsedUp')
  const limit = card.face.base_info.get_limit || DEFAULT_LIMIT
  if (receivedBy(rows, request) >= limit) throw refuse('overGetLimit')

  const { date_info } = card.face.base_info
  const own = validityAtReceipt(date_info, now, calendar)
  const { begin_time = null, end_time = null } = own ?? {}
  if (begin_time !== null && end_time !== null && end_time < begin_time) throw cardIsOver()
  const facts: Fact[] = [{ kind: 'code_received', at: now, card_id, code, openid, begin_time, end_time, outer_str }]
  if (ticket !== undefined && offer?.is_unique_code) facts.push({ kind: 'ticket_used', at: now, detail: { ticket } })
  return { facts, answer: { card_id, code, openid, ...(own ?? fixedRange(date_info)!) } }
}

function chooseCode(
  { card_id, face }: CardRow,
  code: string | undefined,
  fresh_codes: readonly string[],
  rows: Rows,
): string {
  checkBroughtCode(face, code)
  if (code === undefined) return isDeposited(face) ? nextDeposited(card_id, rows) : firstFree(fresh_codes, rows)
  if (rows.codes(code).some((held) => held.card_id === card_id)) throw refuse('sameCode')
  return code
}

function nextDeposited(card_id: string, rows: Rows): string {
  const next = rows.nextPooled(card_id)
  if (!next) throw refuse('stockUsedUp', 'no deposited code is left')
  return next.code
}

/** The first of some random numbers that no code bears or ever bore. */
export function firstFree(fresh_codes: readonly string[], rows: Rows): string {
  const free = fresh_codes.find((fresh) => rows.codes(fresh).length === 0)
  if (free === undefined) throw refuse('systemError', 'no free code')
  return free
}
