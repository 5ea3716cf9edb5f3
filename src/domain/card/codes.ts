import type { Face } from '../../shape/card/card.ts'

/** Where the numbers of a card's codes come from. */

export const hasCustomCodes = ({ base_info }: Face): boolean => base_info.use_custom_code === true

/** Its custom codes are deposited beforehand, and each receipt draws one. */
export const isDeposited = ({ base_info }: Face): boolean => base_info.get_custom_code_mode !== undefined
