import assert from 'node:assert/strict'
import type fc from 'fast-check'
import { connect, type Answer, type Client } from '../support/client.ts'
import { HOUR_S, Model } from '../support/model.ts'
import type { Merchant, TestServer } from '../support/server.ts'
import { startOfDay } from '../support/shanghai.ts'
import { Witness } from './witness.ts'

/** One sequence of steps. The merchant is the same in all; cards and holders are new in each. */
export interface World {
  model: Model
  client: Client
  holders: readonly string[]
  witness: Witness
  /** How often a code was seen in each state. */
  states: Record<string, number>
  /** How many cards in each state former sequences have left. */
  before: { CARD_STATUS_VERIFY_OK: number; CARD_STATUS_DELETE: number }
  /** Tickets of gifts, whatever became of them. */
  gifts: string[]
  /** Requests that may be sent again, with what each was answered. */
  sent: Sent[]
  /** Sends what a step of this kind asks for. */
  ask: (kind: string, path: string, body: object) => Promise<Answer>
  /** Sends the same as before under the same key; with another body it must be told from the first. */
  again: (sent: Sent, body?: object) => Promise<string>
  /** To another minute of a later hour: see `moveClock`. */
  moves: number
}

interface Sent {
  key: string
  path: string
  body: object
  text: string
}

export type Step = fc.AsyncCommand<World, null>

/** One in this many requests bears an Idempotency-Key. */
const KEYED = 3

/** Where sequences happen, and what was done in all of them. */
export class Place {
  /** How often each kind of step was answered each errcode. */
  readonly counts: Record<string, Record<number, number>> = {}
  /** How often a code was seen in each state. */
  readonly states: Record<string, number> = {}
  worlds = 0
  #client: Client
  #url: string

  private constructor(url: string, client: Client) {
    this.#url = url
    this.#client = client
  }

  static async of({ url }: TestServer, merchant: Merchant): Promise<Place> {
    return new Place(url, await connect(url, merchant))
  }

  count(kind: string, errcode: number): void {
    const count = (this.counts[kind] ??= {})
    count[errcode] = (count[errcode] ?? 0) + 1
  }

  async newWorld(): Promise<World> {
    const client = this.#client
    const { now } = await client.ok('/sandbox/clock', { advance: 0 })
    const number = this.worlds++
    const sent: Sent[] = []
    let asked = 0
    const world: World = {
      model: new Model(Number(now)),
      client,
      holders: Array.from({ length: 3 }, (_, place) => `holder-${number}-${place}`),
      witness: new Witness(client),
      states: this.states,
      before: {
        CARD_STATUS_VERIFY_OK: await countCards(client, 'CARD_STATUS_VERIFY_OK'),
        CARD_STATUS_DELETE: await countCards(client, 'CARD_STATUS_DELETE'),
      },
      gifts: [],
      sent,
      moves: 0,
      ask: async (kind, path, body) => {
        const key = ++asked % KEYED === 0 ? `${number}/${asked}` : undefined
        const text = await this.#send(path, body, key)
        if (key !== undefined) sent.push({ key, path, body, text })
        const answer = JSON.parse(text) as Answer
        this.count(kind, answer.errcode)
        return answer
      },
      again: ({ key, path, body }, other = body) => this.#send(path, other, key),
    }
    await moveClock(world, hoursToMorning(world.model.now))
    return world
  }

  async #send(path: string, body: object, key: string | undefined): Promise<string> {
    const response = await fetch(`${this.#url}${path}?access_token=${this.#client.access_token}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: key === undefined ? {} : { 'Idempotency-Key': key },
    })
    assert.equal(response.status, 200)
    return response.text()
  }
}

async function countCards(client: Client, status: string): Promise<number> {
  const { total_num } = await client.ok('/card/batchget', { offset: 0, count: 1, status_list: [status] })
  return Number(total_num)
}

/** Every sequence begins at nine in the morning, so that a seed gives the same at any time of day. */
const hoursToMorning = (now: number): number => 24 - (((hourOf(now) - startOfDay(now)) / HOUR_S - 9 + 24) % 24)

export const hourOf = (at: number): number => Math.floor(at / HOUR_S) * HOUR_S

/** The window of minutes in an hour that moves go to, each at most once a day. */
const FIRST_MINUTE = 15
const MINUTES = 25

/**
 * To a minute of a later hour in which nothing of the model begins or ends: seconds that pass by themselves change
 * nothing then. What ends a day after it began, or half an hour, ends in a minute that no later move of this day is to.
 */
export async function moveClock(world: World, hours: number): Promise<void> {
  const { model, client } = world
  const to = hourOf(model.now) + hours * HOUR_S + (FIRST_MINUTE + (world.moves++ % MINUTES)) * 60
  const { now } = await client.ok('/sandbox/clock', { now: to })
  assert.equal(now, to)
  model.now = to
}

/** A step, and how a failure tells it. */
export const step = (name: string, given: object, run: (world: World) => Promise<void>): Step => ({
  check: () => true,
  run,
  toString: () => `${name}(${JSON.stringify(given)})`,
})

const LATEST = 5

/** One of the latest few, so that steps meet; now and then one that does not exist. */
export const picked = <Item>(items: readonly Item[], number: number): Item | undefined =>
  number % 25 === 24 ? undefined : items.at(-1 - (number % Math.min(items.length, LATEST)))

export const oneOf = <Item>(items: readonly Item[], number: number): Item => items[number % items.length]!

export const cardIdOf = (card: { card_id: string } | undefined): string => card?.card_id ?? 'p_no_such_card'
