import { refuse } from '../../errors.ts'
import type { Face } from '../../shape/card/card.ts'
import { MAX_QUANTITY } from '../../shape/card/base_info.ts'
import type { Command } from '../command.ts'
import type { Fact } from '../facts.ts'
import type { Settings } from '../rows.ts'
import { isDeposited } from './codes.ts'
import { checkValidity } from './validity.ts'

export interface CreateCard {
  /** Made by the caller, new. */
  card_id: string
  face: Face
  quantity: number
  source: 'console' | 'api'
}

/** 创建卡券: a new card, which waits for review or, if the merchant's review is automatic, passes at once. */
export const createCard: Command<CreateCard, { card_id: string }> = (request, { rows, now }) => {
  const { card_id, face, quantity, source } = request
  const { settings } = rows.merchant()!
  checkPermissions(face, settings)
  checkValidity(face, now)
  checkFirstStock(face, quantity)

  const facts: Fact[] = [{ kind: 'card_created', at: now, card_id, quantity, detail: { source, face } }]
  if (settings.review === 'automatic') facts.push({ kind: 'card_approved', at: now, card_id })
  return { facts, answer: { card_id } }
}

function checkPermissions({ base_info, fields }: Face, settings: Settings): void {
  if (base_info.use_custom_code && !settings.custom_code) throw refuse('requireCustomCode')
  if (fields['supply_balance'] === true && !settings.balance) throw refuse('requireBalance')
}

function checkFirstStock(face: Face, quantity: number): void {
  if (!isDeposited(face)) {
    if (quantity < 1 || quantity > MAX_QUANTITY) throw refuse('invalidQuantity', 'm_data.base_info().sku().quantity')
    return
  }
  if (!face.base_info.use_custom_code) throw refuse('missingFields', 'm_data.base_info().use_custom_code')
  if (quantity !== 0) throw refuse('depositOverPool', 'the stock begins at 0: deposit codes, then raise it')
}
