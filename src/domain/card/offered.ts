import { refuse } from '../../errors.ts'
import type { CardRow } from '../rows.ts'
import { lastSecond } from './validity.ts'

/**
 * A card is on offer once it is approved, until it is deleted or its fixed range is over.
 *
 * @param isTester may the holder have cards that are not approved?
 */
export function checkOffered({ status, face }: CardRow, now: number, isTester = false): void {
  const approved = status === 'CARD_STATUS_VERIFY_OK' || status === 'CARD_STATUS_DISPATCH'
  if (!approved && !(isTester && status !== 'CARD_STATUS_DELETE')) throw refuse('invalidCardStatus', status)
  const end = lastSecond(face.base_info.date_info)
  if (end !== undefined && now > end) throw cardIsOver()
}

export const cardIsOver = () => refuse('invalidCardStatus', 'the card is over')
