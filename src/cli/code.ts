import { Command } from 'commander'
import { nowOf } from '../clock.ts'
import { pickEverHeld } from '../domain/code/find.ts'
import { shownEnd, statusAt, validityOf } from '../domain/code/status.ts'
import type { NumberedFact } from '../domain/facts.ts'
import { APPID_OPTION, JSON_OPTION, merchantOf, print, withSession, type CommonOptions } from './session.ts'

interface ShowOptions extends CommonOptions {
  cardId?: string
}

export function codeCommand(): Command {
  const code = new Command('code').description('look into codes')
  code
    .command('show')
    .argument('<code>')
    .description('state and history of a code, fact by fact')
    .option('--card-id <card_id>', 'the card; needed for a custom code')
    .option(...APPID_OPTION)
    .option(...JSON_OPTION)
    .action(show)
  return code
}

async function show(code: string, options: ShowOptions): Promise<void> {
  const { cardId: card_id } = options
  const shown = await withSession(async ({ store }) => {
    const merchant = await merchantOf(options, store)
    const { appid } = merchant
    const { held, card } = pickEverHeld(await store.codes(appid, code), card_id)
    const { begin_time, end_time } = validityOf(held, card.face)
    return {
      code: held.code,
      card_id: held.card_id,
      openid: held.openid,
      user_card_status: statusAt(held, { begin_time, end_time }, nowOf(merchant)),
      begin_time,
      end_time: shownEnd(end_time),
      outer_str: held.outer_str,
      history: await store.history(appid, held),
    }
  })
  const { history, ...state } = shown
  const lines = [
    ...Object.entries(state).map(([name, value]) => `${name.padEnd(17)}${value ?? ''}`),
    '',
    ...history.map(line),
  ]
  print(options, shown, lines.join('\n'))
}

function line({ fact, at, kind, ...members }: NumberedFact): string {
  return `#${fact}  ${new Date(at * 1000).toISOString()}  ${kind}  ${JSON.stringify({ ...members, previous: undefined })}`
}
