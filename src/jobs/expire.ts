import type { Ledger } from '../ledger/ledger.ts'
import type { EndPlace, Expired, Questions } from '../store/store.ts'

/** How many codes are looked at together: commands behind them are not to wait long. */
const PAGE = 200

/**
 * How long after their end codes are looked at again: until then a friend's code may be on its way to the disk, from a
 * gift that was taken in its last second.
 */
const SETTLED_S = 60

const BEFORE_ALL: EndPlace = { end_time: -1, card: 0, place: 0 }

/**
 * Finds the codes whose time is over and tells the ledger, which makes one fact of each; so this may run late, twice,
 * or in several processes. What was looked at is remembered while the process lives.
 */
export class Expiry {
  readonly #store: Questions
  readonly #ledger: Ledger
  /** How far each merchant's codes with a validity of their own were looked at. */
  readonly #reached = new Map<string, EndPlace>()
  /** The end of the range up to which the codes of a card were looked at. */
  readonly #endOf = new Map<string, number>()

  constructor(store: Questions, ledger: Ledger) {
    this.#store = store
    this.#ledger = ledger
  }

  /** @param now by the merchant's clock */
  async findDue(appid: string, now: number): Promise<void> {
    await this.#findOwn(appid, now)
    for (const { card_id, end_time } of await this.#store.endedCards(appid, now)) {
      const key = `${appid} ${card_id}`
      if (this.#endOf.get(key) === end_time) continue
      await this.#findOfCard(appid, card_id)
      if (end_time < now - SETTLED_S) this.#endOf.set(key, end_time)
    }
  }

  async #findOwn(appid: string, now: number): Promise<void> {
    for (let after = this.#reached.get(appid) ?? BEFORE_ALL; ;) {
      const { codes, last } = await this.#store.ownExpired(appid, after, now, PAGE)
      if (last === undefined) return
      if (!(await this.#tell(appid, codes))) continue
      after = last
      if (last.end_time < now - SETTLED_S) this.#reached.set(appid, last)
    }
  }

  async #findOfCard(appid: string, card_id: string): Promise<void> {
    for (let after = 0; ;) {
      const { codes, last } = await this.#store.rangeExpired(appid, card_id, after, PAGE)
      if (last === undefined) return
      if (await this.#tell(appid, codes)) after = last
    }
  }

  /** @returns whether all of them were found; if not, the page is to be looked at again */
  async #tell(appid: string, codes: readonly Expired[]): Promise<boolean> {
    if (codes.length === 0) return true
    const { missed } = await this.#ledger.commit(appid, 'expireCodes', { codes })
    return !missed
  }
}
