import { refuse } from '../../errors.ts'
import { isCodeNumber } from '../code/number.ts'
import type { Command } from '../command.ts'
import type { CardRow, Rows } from '../rows.ts'
import { isDeposited } from './codes.ts'
import { findLivingCard } from './find.ts'

export interface DepositCodes {
  card_id: string
  codes: readonly string[]
}

/** What became of each code of a request, in order; a code named twice counts once and is reported as a duplicate. */
export interface Deposited {
  succ_code: string[]
  duplicate_code: string[]
  fail_code: string[]
}

/** 导入code: puts codes aside, of which each receipt draws one. Some may be refused and the others kept. */
export const depositCodes: Command<DepositCodes, Deposited> = ({ card_id, codes }, { rows, now }) => {
  findDepositCard(rows, card_id)
  if (codes.includes('')) throw refuse('emptyCode')
  const fresh = new Set<string>()
  const answer: Deposited = { succ_code: [], duplicate_code: [], fail_code: [] }
  for (const code of codes) {
    if (!isCodeNumber(code)) answer.fail_code.push(code)
    else if (fresh.has(code) || isKnown(rows, card_id, code)) answer.duplicate_code.push(code)
    else fresh.add(code)
  }
  answer.succ_code.push(...fresh)
  const quantity = fresh.size
  if (quantity === 0) return { facts: [], answer }
  return { facts: [{ kind: 'codes_deposited', at: now, card_id, quantity, detail: { codes: [...fresh] } }], answer }
}

function findDepositCard(rows: Rows, card_id: string): CardRow {
  const card = findLivingCard(rows, card_id)
  if (!isDeposited(card.face)) throw refuse('invalidCardStatus', 'the card does not draw from deposited codes')
  return card
}

/** Is the code deposited for the card, or received already? */
export const isKnown = (rows: Pick<Rows, 'pooled' | 'codes'>, card_id: string, code: string): boolean =>
  rows.pooled(card_id, code) !== undefined || rows.codes(code).some((held) => held.card_id === card_id)
