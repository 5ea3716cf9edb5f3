import { refuse } from '../../errors.ts'
import type { Face } from '../../shape/card/card.ts'

/**
 * The middle of a card holds one thing: the merchant's own button (center_title, center_sub_title, center_url), payment
 * with the card, or redemption by the holder.
 */
export function checkCells({ base_info, cells = {} }: Face): void {
  const { center_title, center_sub_title, center_url } = base_info
  const hasCenter = [center_title, center_sub_title, center_url].some((text) => text !== undefined)
  if (cells.pay && hasCenter) throw refuse('payCellAndCenter')
  if (cells.self_consume && (cells.pay ?? hasCenter)) throw refuse('cellConflict')
  if (cells.pay && !hasShops(base_info)) throw refuse('requireLocation')
}

/** Paying happens in a shop. */
const hasShops = ({ location_id_list = [], use_all_locations }: Face['base_info']): boolean =>
  location_id_list.length > 0 || use_all_locations === true
