import { randomBytes, randomInt } from 'node:crypto'
import { join } from 'node:path'
import { DEFAULT_SETTINGS } from '../src/domain/merchant/merchant.ts'
import { newAppid, newCardId, newFreshCodes, newSecret, secretHash } from '../src/id.ts'
import { openLedger, type Ledger } from '../src/ledger/ledger.ts'
import { readCard } from '../src/shape/card/card.ts'
import { cardBody } from '../test/support/cards.ts'
import type { Merchant } from '../test/support/server.ts'
import { writeBodies, type Bodies } from './bodies.ts'

/** A store with one hot card whose codes are out, and the requests that will be made of it. */
export interface Seeded {
  data_dir: string
  merchant: Merchant
  codes: number
  holders: number
  /** Codes that are never consumed, in no order. */
  get: Bodies
  /** Codes to be consumed, each once, in no order. */
  consume: Bodies
  /** Two in three from someone who holds the card already, one from someone new: each person once. */
  receive: Bodies
}

/** Receipts that are committed in company. */
const CHUNK = 4096

/** Beyond what any of the runs reaches. */
const PLENTY = { sku: { quantity: 100_000_000 }, get_limit: 1_000_000, use_limit: 1_000_000 }

export async function seed(folder: string, count: number): Promise<Seeded> {
  const data_dir = join(folder, 'data')
  const merchant: Merchant = { appid: newAppid(), secret: newSecret() }
  const holders = newOpenids(Math.floor(count / 3))
  const ledger = await openLedger({ data_dir, time_zone: 'Asia/Shanghai' })
  const card_id = await makeCard(ledger, merchant)
  const codes = shuffle(await receiveCodes(ledger, merchant.appid, card_id, holders, count))
  await ledger.sumUp(merchant.appid)
  await ledger.close()

  const consumed = Math.floor(count * 0.6)
  const known = shuffle(holders)
  const newcomers = newOpenids(Math.ceil(known.length / 2))
  const receivers = Array.from({ length: Math.floor(known.length * 1.5) }, (_, n) =>
    n % 3 === 2 ? newcomers.pop()! : known.pop()!,
  )
  const bodiesOf = (name: string, bodies: object[]): Bodies => writeBodies(join(folder, `${name}.lines`), bodies)
  return {
    data_dir,
    merchant,
    codes: count,
    holders: holders.length,
    consume: bodiesOf(
      'consume',
      codes.slice(0, consumed).map((code) => ({ code })),
    ),
    get: bodiesOf(
      'get',
      codes.slice(consumed).map((code) => ({ code })),
    ),
    receive: bodiesOf(
      'receive',
      receivers.map((openid) => ({ card_id, openid })),
    ),
  }
}

async function makeCard(ledger: Ledger, { appid, secret }: Merchant): Promise<string> {
  await ledger.commit(appid, 'createMerchant', {
    secret_hash: secretHash(secret),
    sandbox: false,
    clock_offset_s: 0,
    settings: DEFAULT_SETTINGS,
  })
  const card = readCard(cardBody('GROUPON', PLENTY))
  const { card_id } = await ledger.commit(appid, 'createCard', { card_id: newCardId(appid), ...card, source: 'api' })
  return card_id
}

async function receiveCodes(
  ledger: Ledger,
  appid: string,
  card_id: string,
  holders: readonly string[],
  count: number,
): Promise<string[]> {
  const codes: string[] = []
  while (codes.length < count) {
    const receipts = Array.from({ length: Math.min(CHUNK, count - codes.length) }, (_, n) => {
      const openid = holders[(codes.length + n) % holders.length]!
      return ledger.commit(appid, 'receiveCode', { card_id, openid, fresh_codes: newFreshCodes() })
    })
    for (const { code } of await Promise.all(receipts)) codes.push(code)
  }
  return codes
}

/** As WeChat makes them: 28 characters, of which the first are the same for one account. */
const newOpenids = (count: number): string[] =>
  Array.from({ length: count }, () => `oBench${randomBytes(17).toString('base64url').slice(0, 22)}`)

function shuffle<Item>(items: readonly Item[]): Item[] {
  const shuffled = [...items]
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = randomInt(last + 1)
    ;[shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!]
  }
  return shuffled
}
