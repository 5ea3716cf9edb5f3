import { hash } from 'node:crypto'

/** How many codes are out, of how many cards, held by how many people. */
export interface Population {
  codes: number
  cards: number
  holders: number
}

export interface SeededCode {
  code: string
  card_id: string
  openid: string
}

/** Beyond what any of the runs reaches. */
export const PLENTY = { quantity: 100_000_000, get_limit: 1_000_000 }

/** Ids follow from a number, so that whoever sends requests knows them without asking: 28 characters, as WeChat's. */
export const cardIdOf = (card: number): string => `pBench${digest(card)}`

export const openidOf = (holder: number): string => `oBench${digest(holder)}`

const digest = (number: number): string => hash('sha256', String(number), 'base64url').slice(0, 22)

const CODE_SPACE = 10n ** 12n
/** Shares no divisor with the space, so that no two numbers lead to the same code. */
const STRIDE = 618_033_988_749n

/** Twelve digits, in no order. */
export const codeOf = (number: number): string =>
  ((BigInt(number + 1) * STRIDE) % CODE_SPACE).toString().padStart(12, '0')

/** All codes from a number on, this many at a time. */
export function* chunksOfCodes({ codes, cards, holders }: Population, size: number, from = 0): Generator<SeededCode[]> {
  const card_ids = Array.from({ length: cards }, (_, card) => cardIdOf(card))
  const openids = Array.from({ length: holders }, (_, holder) => openidOf(holder))
  for (let first = from; first < codes; first += size) {
    yield Array.from({ length: Math.min(size, codes - first) }, (_, place) => {
      const number = first + place
      return { code: codeOf(number), card_id: card_ids[number % cards]!, openid: openids[number % holders]! }
    })
  }
}
