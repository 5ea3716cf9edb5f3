import { refuse } from '../../errors.ts'
import { findCard } from '../card/find.ts'
import { statusOf } from './status.ts'
import type { Command } from '../command.ts'

export interface RestoreCode {
  card_id: string
  openid: string
}

/** A holder takes back a member card they threw away: of several, the last. One whose time is over is gone. */
export const restoreCode: Command<RestoreCode, { code: string }> = ({ card_id, openid }, { rows, now }) => {
  const { face } = findCard(rows, card_id)
  if (face.card_type !== 'MEMBER_CARD') throw refuse('notSupported', 'only member cards come back')
  const deleted = rows.codesOfHolder(card_id, openid).filter(({ status }) => status === 'DELETE')
  if (deleted.length === 0) throw refuse('invalidSerialCode', 'this holder has deleted none')
  const [latest] = deleted
    .filter((row) => statusOf({ ...row, status: 'NORMAL' }, face, now) !== 'EXPIRE')
    .toSorted((a, b) => b.fact - a.fact)
  if (!latest) throw refuse('invalidUserCardStatus', 'its time is over')
  const { code } = latest
  return { facts: [{ kind: 'code_restored', at: now, card_id, code, openid }], answer: { code } }
}
