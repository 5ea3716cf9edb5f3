import assert from 'node:assert/strict'
import { createCard, getCard, lookUp } from './acts.ts'
import type { Answer, Client } from './client.ts'
import type { Random } from './random.ts'

/**
 * A mixed load from many connections, and the book it keeps: what the server has acknowledged, and what it was asked
 * and has not answered, of which nobody can know whether it happened before somebody looks.
 */

type Act = 'consume' | 'unavailable'

/** The errcode with which a code that is used up is refused. */
const TOLD_BY = new Map<number, Act>([
  [40099, 'consume'],
  [40127, 'unavailable'],
])

const STATE_AFTER = { consume: 'CONSUMED', unavailable: 'UNAVAILABLE' } as const

interface BookedCode {
  code: string
  card_id: string
  openid: string
  /** What was acknowledged of it; a code can be redeemed or taken out of use, once. */
  done: Act | undefined
  /** What a refusal told of it, which stands as firm as an acknowledgement. */
  told: Act | undefined
  /** What was asked and not answered yet. */
  asked: Act[]
}

interface BookedCard {
  /** All pieces that were ever on offer. */
  total_quantity: number
  /** Changes of it that were asked and not answered yet. */
  asked: number[]
}

export class Book {
  readonly codes: BookedCode[] = []
  readonly cards: Map<string, BookedCard>
  /** Receipts that were asked and not answered yet: each of a holder of its own, who has nothing else. */
  readonly receipts = new Map<string, { card_id: string }>()

  /** A book for new cards with this much stock each. */
  static async ofNewCards(client: Client, quantities: readonly number[]): Promise<Book> {
    const offer = async (quantity: number) => ({
      card_id: await createCard(client, 'GROUPON', { sku: { quantity } }),
      total_quantity: quantity,
    })
    return new Book(await Promise.all(quantities.map(offer)))
  }

  constructor(cards: Iterable<{ card_id: string; total_quantity: number }>) {
    this.cards = new Map([...cards].map(({ card_id, total_quantity }) => [card_id, { total_quantity, asked: [] }]))
  }

  /** How many questions the server still owes an answer. */
  get unanswered(): number {
    const ofCodes = this.codes.reduce((sum, { asked }) => sum + asked.length, 0)
    return this.receipts.size + ofCodes + [...this.cards.values()].reduce((sum, { asked }) => sum + asked.length, 0)
  }
}

export interface Load {
  /** Resolves once this many requests were answered. */
  answered(count: number): Promise<void>
  /** Lets every connection end with the answer it waits for. */
  stop(): void
  /** Resolves once every connection has ended: because it was told to stop, or because the server is gone. */
  ended: Promise<void>
}

let holders = 0

/** Starts the load. An answer that cannot be right makes `ended` reject. */
export function startLoad(client: Client, book: Book, random: Random, connections = 32): Load {
  const cards = [...book.cards.keys()]
  const waiting: { count: number; resolve: () => void }[] = []
  let answers = 0
  let stopped = false

  /** Undefined where the server is gone, so that the answer will never come. */
  async function ask(path: string, body: object): Promise<Answer | undefined> {
    let answer: Answer
    try {
      answer = await client.post(path, body)
    } catch (error) {
      // Fetch has only this for a connection that ends.
      assert.ok(error instanceof TypeError, error as Error)
      return undefined
    }
    answers++
    for (const { count, resolve } of waiting) if (answers >= count) resolve()
    return answer
  }

  async function receive(): Promise<boolean> {
    const card_id = random.pick(cards)
    const openid = `load-${++holders}`
    book.receipts.set(openid, { card_id })
    const answer = await ask('/wallet/receive', { card_id, openid })
    if (!answer) return false
    book.receipts.delete(openid)
    assert.ok(answer.errcode === 0 || answer.errcode === 45031, answer.errmsg)
    if (answer.errcode === 0) {
      book.codes.push({ code: answer['code'] as string, card_id, openid, done: undefined, told: undefined, asked: [] })
    }
    return true
  }

  async function useUp(act: Act): Promise<boolean> {
    // Among the latest, so that two often ask for the same one.
    const code = book.codes.at(-1 - random.below(Math.min(book.codes.length, connections)))
    if (!code) return true
    code.asked.push(act)
    const answer = await ask(`/card/code/${act}`, { code: code.code })
    if (!answer) return false
    code.asked.splice(code.asked.indexOf(act), 1)
    if (answer.errcode === 0) {
      assert.equal(code.done, undefined, `${code.code} was used up twice`)
      code.done = act
    } else {
      const told = TOLD_BY.get(answer.errcode)
      assert.ok(told, answer.errmsg)
      assert.equal(code.told ?? told, told)
      code.told = told
    }
    return true
  }

  async function modifyStock(): Promise<boolean> {
    const [card_id, card] = random.pick([...book.cards])
    const by = random.pick([-2, -1, 1, 2, 3])
    card.asked.push(by)
    const key = by > 0 ? 'increase_stock_value' : 'reduce_stock_value'
    const answer = await ask('/card/modifystock', { card_id, [key]: Math.abs(by) })
    if (!answer) return false
    card.asked.splice(card.asked.indexOf(by), 1)
    assert.ok(answer.errcode === 0 || (answer.errcode === 40122 && by < 0), answer.errmsg)
    if (answer.errcode === 0) card.total_quantity += by
    return true
  }

  function actAtRandom(): Promise<boolean> {
    const chance = random.below(10)
    if (chance < 5) return receive()
    if (chance < 8) return useUp('consume')
    return chance < 9 ? useUp('unavailable') : modifyStock()
  }

  async function connection(): Promise<void> {
    while (await actAtRandom()) if (stopped) return
  }

  return {
    answered: (count) => new Promise((resolve) => waiting.push({ count, resolve })),
    stop: () => void (stopped = true),
    ended: Promise.all(Array.from({ length: connections }, connection)).then(() => undefined),
  }
}

/**
 * Looks at everything in the book: whatever was acknowledged must be there, whatever was not answered may be. What is
 * found of the latter goes into the book.
 *
 * @returns how much of what was not answered has happened all the same
 */
export async function settle(client: Client, book: Book): Promise<number> {
  const unanswered = await Promise.all([
    ...[...book.receipts].map(([openid, { card_id }]) => settleReceipt(client, book, openid, card_id)),
    ...book.codes.map((code) => settleCode(client, code)),
  ])
  const ofCards = await Promise.all([...book.cards].map(([card_id, card]) => settleCard(client, book, card_id, card)))
  return [...unanswered, ...ofCards].filter(Boolean).length
}

async function settleReceipt(client: Client, book: Book, openid: string, card_id: string): Promise<boolean> {
  const { card_list } = await client.ok('/card/user/getcardlist', { openid })
  const held = card_list as { code: string; card_id: string }[]
  assert.ok(held.length <= 1, `${openid} asked once and received ${held.length}`)
  book.receipts.delete(openid)
  for (const { code } of held) book.codes.push({ code, card_id, openid, done: undefined, told: undefined, asked: [] })
  return held.length > 0
}

async function settleCode(client: Client, booked: BookedCode): Promise<boolean> {
  const { code, card_id, openid, asked } = booked
  const known = booked.done ?? booked.told
  const found = await client.post('/card/code/get', { code, check_consume: false })
  assert.equal(found.errcode, 0, `${code} was handed out and is gone: ${found.errmsg}`)
  assert.deepEqual([(found['card'] as { card_id: string }).card_id, found['openid']], [card_id, openid])
  const possible = new Map<unknown, Act | undefined>(
    known
      ? [[STATE_AFTER[known], known]]
      : [['NORMAL', undefined], ...asked.map((act) => [STATE_AFTER[act], act] as const)],
  )
  const state = found['user_card_status']
  assert.ok(possible.has(state), `${code} is ${String(state)}, after ${known ?? 'nothing'} was acknowledged`)
  booked.done = possible.get(state)
  booked.asked = []
  return booked.done !== known
}

async function settleCard(client: Client, book: Book, card_id: string, card: BookedCard): Promise<boolean> {
  const { quantity, total_quantity } = (await getCard(client, card_id)).base_info.sku
  const codes = book.codes.filter((code) => code.card_id === card_id).length
  assert.equal(total_quantity - quantity, codes, `${card_id}: what was handed out is what is missing from its stock`)
  assert.ok(quantity >= 0)
  const known = card.total_quantity
  const raised = card.asked.filter((by) => by > 0).reduce((sum, by) => sum + by, known)
  const lowered = card.asked.filter((by) => by < 0).reduce((sum, by) => sum + by, known)
  assert.ok(total_quantity >= lowered && total_quantity <= raised, `${card_id}: ${total_quantity}, known ${known}`)
  card.total_quantity = total_quantity
  card.asked = []
  return total_quantity !== known
}

/** Asks for every code once more to be redeemed: each that is left is, and none that was used up is again. */
export async function redeemAll(client: Client, book: Book): Promise<void> {
  await Promise.all(
    book.codes.map(async ({ code, done }) => {
      const { errcode } = await client.post('/card/code/consume', { code })
      const expected = done === undefined ? 0 : done === 'consume' ? 40099 : 40127
      assert.equal(errcode, expected, `${code}, after ${done ?? 'nothing'}`)
      const { user_card_status } = await lookUp(client, code)
      assert.equal(user_card_status, done === 'unavailable' ? 'UNAVAILABLE' : 'CONSUMED')
    }),
  )
}
