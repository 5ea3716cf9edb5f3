import { Command } from 'commander'
import { newFreshCodes } from '../id.ts'
import { APPID_OPTION, appidOf, JSON_OPTION, print, withSession, type CommonOptions } from './session.ts'

export function cardCommand(): Command {
  const card = new Command('card').description('review cards and hand them out')
  card
    .command('approve')
    .argument('<card_id>')
    .description('let a card that waits for review pass')
    .option(...APPID_OPTION)
    .option(...JSON_OPTION)
    .action(approve)
  card
    .command('refuse')
    .argument('<card_id>')
    .description('refuse a card that waits for review')
    .requiredOption('--reason <reason>', 'what is wrong with it')
    .option(...APPID_OPTION)
    .option(...JSON_OPTION)
    .action(refuse)
  card
    .command('receive')
    .argument('<card_id>')
    .argument('<openid>')
    .description('let a holder receive one, and print its code')
    .option('--code <code>', 'the number, for a card with custom codes')
    .option('--outer-str <outer_str>', 'the channel')
    .option(...APPID_OPTION)
    .option(...JSON_OPTION)
    .action(receive)
  return card
}

async function approve(card_id: string, options: CommonOptions): Promise<void> {
  await withSession(async ({ ledger, store }) =>
    ledger.commit(await appidOf(options, store), 'approveCard', { card_id }),
  )
  print(options, { card_id, status: 'CARD_STATUS_VERIFY_OK' }, `${card_id} is approved`)
}

async function refuse(card_id: string, options: CommonOptions & { reason: string }): Promise<void> {
  const { reason } = options
  await withSession(async ({ ledger, store }) =>
    ledger.commit(await appidOf(options, store), 'refuseCard', { card_id, reason }),
  )
  print(options, { card_id, status: 'CARD_STATUS_VERIFY_FAIL', reason }, `${card_id} is refused: ${reason}`)
}

async function receive(
  card_id: string,
  openid: string,
  options: CommonOptions & { code?: string; outerStr?: string },
): Promise<void> {
  const { code, outerStr: outer_str } = options
  const received = await withSession(async ({ ledger, store }) =>
    ledger.commit(await appidOf(options, store), 'receiveCode', {
      card_id,
      openid,
      fresh_codes: newFreshCodes(),
      ...(code !== undefined && { code }),
      ...(outer_str !== undefined && { outer_str }),
    }),
  )
  print(options, received, received.code)
}
