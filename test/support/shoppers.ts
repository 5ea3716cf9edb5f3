import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { lookUp, newOpenid } from './acts.ts'
import { together } from './answers.ts'
import type { Answer, Client } from './client.ts'

/**
 * People who receive codes and redeem them without a pause, while things go wrong: what they were told is what must
 * stand.
 */
export class Shoppers {
  readonly received: string[] = []
  readonly redeemed: string[] = []
  readonly #errcodes = new Map<number, number>()
  readonly #anyone: () => Client
  readonly #card_id: string
  readonly #done: Promise<unknown>

  /** @param anyone whom the next request goes to */
  constructor(anyone: () => Client, card_id: string, count: number, seconds: number) {
    this.#anyone = anyone
    this.#card_id = card_id
    const until = Date.now() + seconds * 1000
    this.#done = together(count, () => this.#shop(until))
  }

  /** Resolves when all have gone home and what they were told was compared with what the server says. */
  async assertKept(t: TestContext, client: Client): Promise<void> {
    await this.#done
    const { received, redeemed } = this
    t.diagnostic(
      `${received.length} received, ${redeemed.length} redeemed, answers ${JSON.stringify([...this.#errcodes])}`,
    )
    assert.equal(new Set(received).size, received.length, 'no code was handed out twice')
    const states = new Map<string, unknown>()
    for (const code of received) states.set(code, (await lookUp(client, code))['user_card_status'])
    assert.deepEqual(
      received.filter((code) => !['NORMAL', 'CONSUMED'].includes(String(states.get(code)))),
      [],
    )
    assert.deepEqual(
      redeemed.filter((code) => states.get(code) !== 'CONSUMED'),
      [],
    )
  }

  async #shop(until: number): Promise<void> {
    while (Date.now() < until) {
      const got = await this.#ask('/wallet/receive', { card_id: this.#card_id, openid: newOpenid() })
      if (got?.errcode !== 0) continue
      const code = String(got['code'])
      this.received.push(code)
      const used = await this.#ask('/card/code/consume', { code })
      if (used?.errcode === 0) this.redeemed.push(code)
    }
  }

  /** Undefined where the process is gone. */
  async #ask(path: string, body: object): Promise<Answer | undefined> {
    const answer = await this.#anyone()
      .post(path, body)
      .catch(() => undefined)
    if (answer) this.#errcodes.set(answer.errcode, (this.#errcodes.get(answer.errcode) ?? 0) + 1)
    return answer
  }
}
