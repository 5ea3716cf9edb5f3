import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { askPostgres, connectTo } from './sql.ts'

/** Holds the tip of every merchant: saves wait until this connection ends. */
export async function holdTip(database_url: string): Promise<pg.Client> {
  const holder = await connectTo(database_url)
  await holder.query('begin; select from tip for update')
  return holder
}

/** Waits until this many saves, or questions what became of them, are waiting. */
export async function untilWaiting(database_url: string, count: number): Promise<void> {
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  while ((await askPostgres(database_url, waiting)).length < count) await delay(2)
}
