import type { Command } from '../command.ts'
import type { Fact } from '../facts.ts'
import { statusOf, validityOf } from './status.ts'

export interface ExpireCodes {
  codes: readonly { code: string; card_id: string }[]
}

/**
 * Records that codes have expired, each once, and since when. One that has not expired is passed over, as is one that
 * is not there: it may have another number by now, so the caller is told to look again.
 */
export const expireCodes: Command<ExpireCodes, { missed: boolean }> = ({ codes }, { rows, now }) => {
  let missed = false
  const facts = codes.flatMap(({ code, card_id }): Fact[] => {
    const held = rows.codes(code).find((row) => row.card_id === card_id)
    const card = rows.card(card_id)
    if (!held || !card) {
      missed = true
      return []
    }
    if (held.status === 'EXPIRE' || statusOf(held, card.face, now) !== 'EXPIRE') return []
    const { end_time } = validityOf(held, card.face)
    return [{ kind: 'code_expired', at: end_time! + 1, card_id, code, openid: held.openid }]
  })
  return { facts, answer: { missed } }
}
