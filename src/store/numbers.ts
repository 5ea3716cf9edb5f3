import type { CardRow, CardStatus, StoredStatus } from '../domain/rows.ts'
import { FACT_NUMBERS, type FactKind } from '../domain/facts.ts'

/** The numbers that stand for names in the tables. A number never gets another meaning. */
function numbering<Name extends string>(numbers: Record<Name, number>) {
  const names = new Map((Object.keys(numbers) as Name[]).map((name) => [numbers[name], name]))
  return {
    of: (name: Name): number => numbers[name],
    name: (number: number): Name => {
      const name = names.get(number)
      if (name === undefined) throw new RangeError(`the database holds ${number}, which stands for nothing`)
      return name
    },
  }
}

export const CODE_STATUS = numbering<StoredStatus>({
  NORMAL: 0,
  CONSUMED: 1,
  GIFTING: 2,
  GIFT_SUCC: 3,
  DELETE: 4,
  UNAVAILABLE: 5,
  EXPIRE: 6,
})

export const CARD_STATUS = numbering<CardStatus>({
  CARD_STATUS_NOT_VERIFY: 0,
  CARD_STATUS_VERIFY_FAIL: 1,
  CARD_STATUS_VERIFY_OK: 2,
  CARD_STATUS_DISPATCH: 3,
  CARD_STATUS_DELETE: 4,
})

export const SOURCE = numbering<CardRow['source']>({ console: 0, api: 1 })

export const FACT_KIND = numbering<FactKind>(FACT_NUMBERS)
