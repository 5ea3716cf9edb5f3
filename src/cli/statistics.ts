import { Command, Option } from 'commander'
import { dateOf, type Calendar } from '../clock.ts'
import { ConfigError } from '../config.ts'
import { fixedRange } from '../domain/card/validity.ts'
import { ASPECTS, BY_RANGE, STEPS, type Aspect } from '../domain/statistics.ts'
import { refuse } from '../errors.ts'
import type { OutRow } from '../store/store.ts'
import { caughtUp, readDay } from './days.ts'
import { APPID_OPTION, JSON_OPTION, print, withSession, type CommonOptions, type Session } from './session.ts'

interface FunnelOptions extends CommonOptions {
  by: Aspect
  beginDate?: string
  endDate?: string
}

export function statisticsCommand(): Command {
  const command = new Command('statistics').description('what became of cards')
  command
    .command('funnel')
    .argument('<card_id>')
    .description('how often a card was viewed, received, redeemed, gifted and expired')
    .addOption(new Option('--by <aspect>', 'told apart by this').choices(ASPECTS).default('channel'))
    .option('--begin-date <date>', 'the first day, such as 2015-06-15; the first of all unless told')
    .option('--end-date <date>', 'the last day; today unless told')
    .option(...APPID_OPTION)
    .option(...JSON_OPTION)
    .action((card_id: string, options: FunnelOptions) => withSession((session) => funnel(session, card_id, options)))
  command
    .command('outstanding')
    .description(
      'codes that are out and not yet redeemed, and what they are worth, by card and by the month they end in',
    )
    .option(...APPID_OPTION)
    .option(...JSON_OPTION)
    .action((options: CommonOptions) => withSession((session) => outstanding(session, options)))
  return command
}

async function funnel(session: Session, card_id: string, options: FunnelOptions): Promise<void> {
  const { store } = session
  const { appid, today } = await caughtUp(session, options)
  const begin = readDay('--begin-date', options.beginDate) ?? 0
  const end = readDay('--end-date', options.endDate) ?? today
  if (begin > end) throw new ConfigError('--begin-date: it is after --end-date')
  if (!(await store.card(appid, card_id))) throw refuse('invalidCardId')
  const list = await store.steps(appid, card_id, { begin, end }, options.by)
  const lines = list.map((row) =>
    [...STEPS.map((step) => String(row[step]).padStart(9)), ` ${row.name || '-'}`].join(''),
  )
  const head = [...STEPS.map((step) => step.padStart(9)), ` ${options.by}`].join('')
  print(options, { card_id, by: options.by, list }, [head, ...lines].join('\n'))
}

async function outstanding(session: Session, options: CommonOptions): Promise<void> {
  const { store, calendar } = session
  const { appid } = await caughtUp(session, options)
  const list = (await store.out(appid)).map((row) => shown(row, calendar))
  const lines = list.map(({ card_id, title, month, codes, value_fen }) =>
    [card_id, month.padEnd(7), String(codes).padStart(9), String(value_fen ?? '-').padStart(12), title].join('  '),
  )
  print(options, { list }, lines.join('\n'))
}

/** Only cash coupons have an amount: what they take off. */
function shown({ card, month, codes }: OutRow, calendar: Calendar) {
  const { card_id, face } = card
  const range = fixedRange(face.base_info.date_info)
  const end = month === BY_RANGE && range ? dateOf(calendar.dayOf(range.end_time!)).slice(0, 7) : month
  const worth = face.card_type === 'CASH' ? Number(face.fields['reduce_cost']) : undefined
  return {
    card_id,
    title: face.base_info.title,
    month: end,
    codes,
    value_fen: worth === undefined ? null : worth * codes,
  }
}
