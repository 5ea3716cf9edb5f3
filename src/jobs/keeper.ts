import type { FastifyBaseLogger } from 'fastify'
import { nowOf } from '../clock.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Questions } from '../store/store.ts'
import { Expiry } from './expire.ts'

/** Keeps the counts of the days up to date. */
export interface Keeper {
  /** To be called before sums are read. */
  catchUp(appid: string, now: number): Promise<void>
  close(): Promise<void>
}

/**
 * Counts everything that has happened to a merchant so far, expiries included.
 *
 * @param now by the merchant's clock
 */
export async function catchUp(ledger: Ledger, expiry: Expiry, appid: string, now: number): Promise<void> {
  await expiry.findDue(appid, now)
  await ledger.sumUp(appid)
}

/**
 * How long a fact waits at most to be counted, if nobody asks before. Facts counted together share the rows they
 * change.
 */
const COUNT_EVERY_MS = 2000

/**
 * How often one of the processes looks at every merchant, for expiries and for what a process that died left uncounted.
 */
const SWEEP_EVERY_S = 30

export function openKeeper(store: Questions, ledger: Ledger, log: Pick<FastifyBaseLogger, 'error'>): Keeper {
  const expiry = new Expiry(store, ledger)
  let running: Promise<void> | undefined
  let sweptAt = 0
  let closed = false

  async function sweep(appid: string, now: number): Promise<void> {
    if (await ledger.claim(appid, 'sweep', SWEEP_EVERY_S)) await catchUp(ledger, expiry, appid, now)
  }

  async function work(): Promise<void> {
    if (Date.now() - sweptAt < SWEEP_EVERY_S * 1000) {
      for (const appid of ledger.takeChanged()) await attempt(() => ledger.sumUp(appid), appid)
      return
    }
    sweptAt = Date.now()
    for (const merchant of await store.merchants()) {
      await attempt(() => sweep(merchant.appid, nowOf(merchant)), merchant.appid)
    }
  }

  /** Trouble with one merchant must not affect the others. */
  async function attempt(what: () => Promise<void>, appid?: string): Promise<void> {
    try {
      if (!closed) await what()
    } catch (error) {
      if (!closed) log.error({ err: error, appid }, 'the days could not be summed up')
    }
  }

  async function workOnce(): Promise<void> {
    await attempt(work)
    running = undefined
  }

  const timer = setInterval(() => {
    running ??= workOnce()
  }, COUNT_EVERY_MS)
  timer.unref()

  return {
    catchUp: (appid, now) => catchUp(ledger, expiry, appid, now),
    async close() {
      closed = true
      clearInterval(timer)
      await running
    },
  }
}
