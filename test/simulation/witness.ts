import assert from 'node:assert/strict'
import { getCard } from '../support/acts.ts'
import type { Client } from '../support/client.ts'

/**
 * Knows no rules and no model: remembers what the server itself told, and holds it to what must be true of any shop,
 * whatever was done in whatever order.
 */
export class Witness {
  readonly #client: Client
  /** Whom each receipt from the stock was told to, by card. */
  readonly #receipts = new Map<string, string[]>()
  /** The highest get_limit that each card ever had. */
  readonly #limits = new Map<string, number>()
  /** Codes that were told to be CONSUMED or UNAVAILABLE. */
  readonly #final = new Map<string, string>()
  readonly #consumed = new Set<string>()

  constructor(client: Client) {
    this.#client = client
  }

  limited(card_id: string, get_limit = 50): void {
    this.#limits.set(card_id, Math.max(get_limit, this.#limits.get(card_id) ?? 0))
  }

  received(card_id: string, openid: string): void {
    this.#receipts.set(card_id, [...(this.#receipts.get(card_id) ?? []), openid])
  }

  consumed(card_id: string, code: string): void {
    const name = `${code} of ${card_id}`
    assert.ok(!this.#consumed.has(name), `${name} was consumed twice`)
    this.#consumed.add(name)
  }

  /** What code/get says of a code. */
  saw(card_id: string, code: string, state: string): void {
    const name = `${code} of ${card_id}`
    const before = this.#final.get(name)
    if (before !== undefined) assert.equal(state, before, `${name} was ${before} for good`)
    if (state === 'CONSUMED' || state === 'UNAVAILABLE') this.#final.set(name, state)
  }

  /** Asks for everything, and holds it against what was told. */
  async check(holders: readonly string[]): Promise<void> {
    await Promise.all([...this.#limits.keys()].map((card_id) => this.#checkCard(card_id)))
    await this.#checkOwners(holders)
    await Promise.all(
      [...this.#final.keys(), ...this.#consumed].map(async (name) => {
        const [code, card_id] = name.split(' of ') as [string, string]
        const found = await this.#client.ok('/card/code/get', { code, card_id, check_consume: false })
        this.saw(card_id, code, String(found['user_card_status']))
        if (this.#consumed.has(name)) assert.equal(found['user_card_status'], 'CONSUMED')
      }),
    )
  }

  async #checkCard(card_id: string): Promise<void> {
    const { quantity, total_quantity } = (await getCard(this.#client, card_id)).base_info.sku
    const receivers = this.#receipts.get(card_id) ?? []
    assert.ok(quantity >= 0)
    assert.equal(total_quantity - quantity, receivers.length, `${card_id}: what was issued left the stock`)
    for (const openid of new Set(receivers)) {
      const received = receivers.filter((one) => one === openid).length
      assert.ok(received <= this.#limits.get(card_id)!, `${openid} received ${received} of ${card_id}`)
    }
  }

  /** Every code in a wallet is in one only, and its owner is the one whose wallet that is. */
  async #checkOwners(holders: readonly string[]): Promise<void> {
    const owners = new Map<string, string>()
    for (const openid of holders) {
      const { card_list } = await this.#client.ok('/card/user/getcardlist', { openid })
      for (const { code, card_id } of card_list as { code: string; card_id: string }[]) {
        const name = `${code} of ${card_id}`
        assert.ok(!owners.has(name), `${name} is in the wallets of ${owners.get(name)} and ${openid}`)
        owners.set(name, openid)
        const found = await this.#client.ok('/card/code/get', { code, card_id, check_consume: false })
        assert.equal(found['openid'], openid)
      }
    }
  }
}
