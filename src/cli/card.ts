import { Command } from 'commander'
import { shownEnd } from '../domain/code/status.ts'
import { newFreshCodes } from '../id.ts'
import { card_id, code, object, openid, optional, outer_str } from '../shape/field.ts'
import { reader } from '../shape/read.ts'
import { APPID_OPTION, JSON_OPTION, merchantOf, print, withSession, type CommonOptions } from './session.ts'

const readReceipt = reader(object({ card_id, openid, code: optional(code), outer_str }))

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

async function approve(of: string, options: CommonOptions): Promise<void> {
  await withSession(async ({ ledger, store }) =>
    ledger.commit((await merchantOf(options, store)).appid, 'approveCard', { card_id: of }),
  )
  print(options, { card_id: of, status: 'CARD_STATUS_VERIFY_OK' }, `${of} is approved`)
}

async function refuse(of: string, options: CommonOptions & { reason: string }): Promise<void> {
  const { reason } = options
  await withSession(async ({ ledger, store }) =>
    ledger.commit((await merchantOf(options, store)).appid, 'refuseCard', { card_id: of, reason }),
  )
  print(options, { card_id: of, status: 'CARD_STATUS_VERIFY_FAIL', reason }, `${of} is refused: ${reason}`)
}

interface ReceiveOptions extends CommonOptions {
  code?: string
  outerStr?: string
}

async function receive(of: string, holder: string, options: ReceiveOptions): Promise<void> {
  const asked = readReceipt({ card_id: of, openid: holder, code: options.code, outer_str: options.outerStr })
  const request = { ...asked, fresh_codes: newFreshCodes() }
  const received = await withSession(async ({ ledger, store }) =>
    ledger.commit((await merchantOf(options, store)).appid, 'receiveCode', request),
  )
  print(options, { ...received, end_time: shownEnd(received.end_time) }, received.code)
}
