import { refuse } from '../../errors.ts'
import type { Face } from '../../shape/card/card.ts'
import { findCard } from '../card/find.ts'
import { hasCustomCodes, isDeposited } from '../card/codes.ts'
import { fixedRange, lastSecond, validityAtReceipt, type Validity } from '../card/validity.ts'
import type { Command } from '../command.ts'
import type { CardRow, Rows } from '../rows.ts'
import { DEFAULT_LIMIT } from './status.ts'

export interface ReceiveCode {
  card_id: string
  openid: string
  /** The number of a custom code. */
  code?: string
  /** Random numbers for a generated code; the first that is free is taken. */
  fresh_codes: readonly string[]
  outer_str?: string
}

export interface Received extends Validity {
  card_id: string
  code: string
  openid: string
}

/** 领取: a holder receives a code. Of 64 who ask together for the last 10, ten get one. */
export const receiveCode: Command<ReceiveCode, Received> = (request, { rows, now, calendar }) => {
  const { card_id, openid, outer_str = null } = request
  const card = findCard(rows, card_id)
  checkOffered(card, now)
  const code = chooseCode(request, card.face, rows)
  if (card.quantity < 1) throw refuse('stockUsedUp')
  const limit = card.face.base_info.get_limit || DEFAULT_LIMIT
  if (rows.holding(card_id, openid).received >= limit) throw refuse('overGetLimit')

  const { date_info } = card.face.base_info
  const own = validityAtReceipt(date_info, now, calendar)
  const { begin_time = null, end_time = null } = own ?? {}
  if (begin_time !== null && end_time !== null && end_time < begin_time) throw cardIsOver()
  return {
    facts: [{ kind: 'code_received', at: now, card_id, code, openid, begin_time, end_time, outer_str }],
    answer: { card_id, code, openid, ...(own ?? fixedRange(date_info)!) },
  }
}

/** A card is on offer once it is approved, until it is deleted or its fixed range is over. */
function checkOffered({ status, face }: CardRow, now: number): void {
  if (status !== 'CARD_STATUS_VERIFY_OK' && status !== 'CARD_STATUS_DISPATCH') throw refuse('invalidCardStatus', status)
  const end = lastSecond(face.base_info.date_info)
  if (end !== undefined && now > end) throw cardIsOver()
}

const cardIsOver = () => refuse('invalidCardStatus', 'the card is over')

function chooseCode({ code, card_id, fresh_codes }: ReceiveCode, face: Face, rows: Rows): string {
  if (isDeposited(face)) throw refuse('stockUsedUp', 'no code is deposited')
  if (!hasCustomCodes(face)) {
    if (code !== undefined) throw refuse('invalidCode', 'codes of this card are generated')
    const free = fresh_codes.find((fresh) => rows.codes(fresh).length === 0)
    if (free === undefined) throw refuse('systemError', 'no free code')
    return free
  }
  if (code === undefined) throw refuse('missingCode', 'the card has custom codes')
  checkCustomCode(code)
  if (rows.codes(code).some((held) => held.card_id === card_id)) throw refuse('sameCode')
  return code
}

/** A number that a till can read and a client can send: the specification gives a code 20 bytes. */
const CUSTOM_CODE_BYTES = 20
const BLANK_OR_CONTROL = /[\s\p{C}]/u

function checkCustomCode(code: string): void {
  if (Buffer.byteLength(code) > CUSTOM_CODE_BYTES) throw refuse('tooLong', 'code')
  if (BLANK_OR_CONTROL.test(code)) throw refuse('invalidCode', 'a code holds no blanks and no control characters')
}
