import { existsSync } from 'node:fs'
import { openCalendar, type Calendar } from '../clock.ts'
import { readConfig, ConfigError } from '../config.ts'
import type { MerchantRow } from '../domain/rows.ts'
import { refuse } from '../errors.ts'
import { openLedger, type Ledger } from '../ledger/ledger.ts'
import { databasePath, openStore, type Place } from '../store/open.ts'
import type { Questions } from '../store/store.ts'

/** What a command works with: the same data and the same rules as a server that may run beside it. */
export interface Session {
  ledger: Ledger
  store: Questions
  calendar: Calendar
}

export interface CommonOptions {
  json?: true
  appid?: string
}

/** Opens the data while the work takes place, and makes it if there is none. */
export async function withSession<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
  const config = readConfig(process.env)
  const ledger = await openLedger(config)
  const store = await openStore(config)
  try {
    return await work({ ledger, store, calendar: openCalendar(config.time_zone) })
  } finally {
    store.close()
    await ledger.close()
  }
}

/** The place of data that must exist already. */
export function existingPlace(): Place {
  const { data_dir, database_url } = readConfig(process.env)
  if (database_url === undefined && !existsSync(databasePath(data_dir))) {
    throw new ConfigError(`DATA_DIR: ${data_dir} holds no data yet`)
  }
  return { data_dir, database_url }
}

/** The merchant a command is about: the one named, else the only one there is. */
export async function merchantOf({ appid }: CommonOptions, store: Questions): Promise<MerchantRow> {
  if (appid !== undefined) {
    const merchant = await store.merchant(appid)
    if (!merchant) throw refuse('invalidAppid', `there is no merchant ${appid}`)
    return merchant
  }
  const merchants = await store.merchants()
  if (merchants.length !== 1) throw new ConfigError(`there are ${merchants.length} merchants: name one with --appid`)
  return merchants[0]!
}

/** Prints one JSON object with --json, else text for a person. */
export function print({ json }: CommonOptions, object: object, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(object)}\n` : `${text}\n`)
}

export const JSON_OPTION = ['--json', 'print one JSON object'] as const
export const APPID_OPTION = ['--appid <appid>', 'the merchant; may be left out where there is only one'] as const
