import { DEFAULT_SETTINGS } from '../../src/domain/merchant/merchant.ts'
import { secretHash } from '../../src/id.ts'
import { openLedger, type Ledger } from '../../src/ledger/ledger.ts'
import { readCard } from '../../src/shape/card/card.ts'
import type { Place } from '../../src/store/open.ts'
import { cardBody } from '../../test/support/cards.ts'
import type { Merchant } from '../../test/support/server.ts'
import { cardIdOf, chunksOfCodes, type Population } from './population.ts'

/** Receipts that are committed in company. */
const CHUNK = 4096

/** Beyond what any of the runs reaches. */
const PLENTY = { sku: { quantity: 100_000_000 }, get_limit: 1_000_000, use_limit: 1_000_000 }

/** Makes a merchant whose codes are those of the peers. */
export async function seedKaquan(place: Place, merchant: Merchant, population: Population): Promise<void> {
  const ledger = await openLedger({ ...place, time_zone: 'Asia/Shanghai' })
  await makeCards(ledger, merchant, population.cards)
  await receiveCodes(ledger, merchant.appid, population)
  await ledger.close()
}

/** A merchant with this many cards, each with plenty of stock. */
export async function makeCards(ledger: Ledger, { appid, secret }: Merchant, cards: number): Promise<void> {
  const detail = { secret_hash: secretHash(secret), sandbox: false, clock_offset_s: 0, settings: DEFAULT_SETTINGS }
  await ledger.commit(appid, 'createMerchant', detail)
  const card = readCard(cardBody('GROUPON', PLENTY))
  for (let number = 0; number < cards; number++) {
    await ledger.commit(appid, 'createCard', { card_id: cardIdOf(number), ...card, source: 'api' })
  }
}

/** Hands out the codes of a population, from a number on, and counts them. */
export async function receiveCodes(ledger: Ledger, appid: string, population: Population, from = 0): Promise<void> {
  for (const codes of chunksOfCodes(population, CHUNK, from)) {
    await Promise.all(
      codes.map(({ code, card_id, openid }) =>
        ledger.commit(appid, 'receiveCode', { card_id, openid, fresh_codes: [code] }),
      ),
    )
  }
  await ledger.sumUp(appid)
}
