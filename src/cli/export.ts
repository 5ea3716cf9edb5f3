import { once } from 'node:events'
import { Command } from 'commander'
import { stringify } from 'csv-stringify/sync'
import { dateOf } from '../clock.ts'
import { ConfigError } from '../config.ts'
import { openStoreSnapshot } from '../store/open.ts'
import type { DayRow } from '../store/store.ts'
import { caughtUp, readDay } from './days.ts'
import { APPID_OPTION, existingPlace, withSession, type CommonOptions, type Session } from './session.ts'

interface ExportOptions extends CommonOptions {
  beginDate?: string
  endDate?: string
  format: string
}

const SOURCES = ['console', 'api'] as const

/** How many days are asked for at once. */
const PAGE = 31

export function exportCommand(): Command {
  const command = new Command('export').description('write what is there to standard output')
  command
    .command('statistics')
    .description('what happened each day with each card')
    .option('--begin-date <date>', 'the first day, such as 2015-06-15; 61 days before --end-date unless told')
    .option('--end-date <date>', 'the last day; today unless told')
    .option('--format <format>', 'csv, or ndjson: one JSON object a line', 'csv')
    .option(...APPID_OPTION)
    .action((options: ExportOptions) => withSession((session) => exportStatistics(session, options)))
  command
    .command('facts')
    .description('every fact of all merchants, one JSON object a line: for `kaquan import facts`')
    .action(exportFacts)
  return command
}

/** Exports one moment; a server may be running meanwhile. Tokens are no facts: programs ask for new ones. */
async function exportFacts(): Promise<void> {
  const snapshot = await openStoreSnapshot(existingPlace())
  let facts = 0
  try {
    const merchants = await snapshot.merchants()
    for (const { appid } of merchants) {
      for await (const fact of snapshot.facts(appid)) {
        await write(`${JSON.stringify({ appid, fact })}\n`)
        facts++
      }
    }
    process.stderr.write(`${facts} facts of ${merchants.length} merchants\n`)
  } finally {
    await snapshot.close()
  }
}

/** Waits for a slower reader. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}

async function exportStatistics(session: Session, options: ExportOptions): Promise<void> {
  const { format } = options
  if (format !== 'csv' && format !== 'ndjson') throw new ConfigError(`--format: csv or ndjson, not ${format}`)
  const { appid, today } = await caughtUp(session, options)
  const end = readDay('--end-date', options.endDate) ?? today
  const begin = readDay('--begin-date', options.beginDate) ?? end - 61
  if (begin > end) throw new ConfigError('--begin-date: it is after --end-date')

  let header = format === 'csv'
  for (let day = begin; day <= end; day += PAGE) {
    const days = Array.from({ length: Math.min(PAGE, end - day + 1) }, (_, place) => day + place)
    for (const row of await rowsOf(days)) {
      await write(format === 'csv' ? stringify([row], { header, escape_formulas: true }) : `${JSON.stringify(row)}\n`)
      header = false
    }
  }

  async function rowsOf(days: readonly number[]): Promise<object[]> {
    const rows = await Promise.all(SOURCES.map((source) => session.store.days(appid, days, { source })))
    return rows
      .flat()
      .sort((a, b) => a.day - b.day)
      .map(shown)
  }
}

function shown({ day, card, sums }: DayRow): object {
  const { card_id, source, face } = card!
  const { total_user: _members, total_receive_user: _everMembers, ...counts } = sums
  return {
    ref_date: dateOf(day),
    card_id,
    card_type: face.card_type,
    title: face.base_info.title,
    source,
    ...counts,
  }
}
