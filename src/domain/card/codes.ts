import { refuse } from '../../errors.ts'
import type { Face } from '../../shape/card/card.ts'
import { checkCodeNumber } from '../code/number.ts'

/** Where the numbers of a card's codes come from. */

export const hasCustomCodes = ({ base_info }: Face): boolean => base_info.use_custom_code === true

/** Its custom codes are deposited beforehand, and each receipt draws one. */
export const isDeposited = ({ base_info }: Face): boolean => base_info.get_custom_code_mode !== undefined

/** A receipt of a custom code that is not deposited brings its number; no other receipt does. */
export function checkBroughtCode(face: Face, code: string | undefined): void {
  const brings = hasCustomCodes(face) && !isDeposited(face)
  if (brings && code === undefined) throw refuse('missingCode', 'the card has custom codes')
  if (!brings && code !== undefined) throw refuse('invalidCode', 'the codes of this card are given out here')
  if (code !== undefined) checkCodeNumber(code)
}
