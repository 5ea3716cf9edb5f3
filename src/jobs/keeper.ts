import type { FastifyBaseLogger } from 'fastify'
import { systemNow } from '../clock.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Questions } from '../store/store.ts'
import { Expiry } from './expire.ts'

/** Keeps the sums of the days up to date. */
export interface Keeper {
  /** Resolves when everything that has happened to a merchant by now is counted, what time has done to codes included. */
  catchUp(appid: string, now: number): Promise<void>
  close(): Promise<void>
}

/** How long a fact waits, at most, until it is counted, where nobody asks before. */
const EVERY_MS = 2000

export function openKeeper(store: Questions, ledger: Ledger, log: Pick<FastifyBaseLogger, 'error'>): Keeper {
  const expiry = new Expiry(store, ledger)
  let running: Promise<void> = Promise.resolve()
  let closed = false

  async function catchUp(appid: string, now: number): Promise<void> {
    await expiry.findDue(appid, now)
    await ledger.sumUp(appid)
  }

  async function catchAllUp(): Promise<void> {
    for (const { appid, clock_offset_s } of await store.merchants()) {
      if (closed) return
      await catchUp(appid, systemNow() + clock_offset_s)
    }
  }

  const timer = setInterval(() => {
    running = running.then(catchAllUp).catch((error: unknown) => {
      if (!closed) log.error({ err: error }, 'the days could not be summed up')
    })
  }, EVERY_MS)
  timer.unref()

  return {
    catchUp,
    async close() {
      closed = true
      clearInterval(timer)
      await running
    },
  }
}
