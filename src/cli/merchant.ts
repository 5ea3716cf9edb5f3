import { Command, Option } from 'commander'
import { DEFAULT_SETTINGS } from '../domain/merchant/merchant.ts'
import { newAppid, newSecret, secretHash } from '../id.ts'
import { readSetting, readSettings, settingsHelp } from './merchant-settings.ts'
import { JSON_OPTION, print, withSession, type CommonOptions } from './session.ts'

interface CreateOptions extends CommonOptions {
  name?: string
  appid?: string
  secret?: string
  review: 'automatic' | 'manual'
  sandbox?: true
}

export function merchantCommand(): Command {
  const merchant = new Command('merchant').description('make, list and change merchants')
  merchant
    .command('create')
    .description('make a merchant; its secret is printed this once')
    .option('--name <name>', 'what people call it')
    .option('--appid <appid>', 'an appid of its own; otherwise one is made')
    .option('--secret <secret>', 'a secret of its own, 16 to 128 characters; otherwise one is made')
    .addOption(
      new Option('--review <review>', 'how cards are reviewed').choices(['automatic', 'manual']).default('automatic'),
    )
    .option('--sandbox', 'a merchant for tests, whose clock can be moved')
    .option(...JSON_OPTION)
    .action(create)
  merchant
    .command('list')
    .description('list all merchants')
    .option(...JSON_OPTION)
    .action(list)
  merchant
    .command('secret')
    .argument('<appid>')
    .description(
      'give a merchant a new secret, printed this once; the old one ends at once, its tokens within a second',
    )
    .option(...JSON_OPTION)
    .action(secret)
  merchant
    .command('set')
    .argument('<appid>')
    .argument('<key=value...>', 'settings and their new values')
    .description('change settings of a merchant')
    .option(...JSON_OPTION)
    .addHelpText('after', `\nSettings:\n${settingsHelp()}`)
    .action(set)
  return merchant
}

async function create({ name = '', review, sandbox, ...options }: CreateOptions): Promise<void> {
  const { appid = newAppid(), secret: given = newSecret() } = options
  if (!/^[\w-]{1,64}$/.test(appid)) throw new Error(`--appid: ${appid} is not 1 to 64 letters, digits, _ and -`)
  if (!/^[\x21-\x7e]{16,128}$/.test(given)) throw new Error('--secret: 16 to 128 printable characters are needed')
  await withSession(({ ledger }) =>
    ledger.commit(appid, 'createMerchant', {
      secret_hash: secretHash(given),
      sandbox: sandbox === true,
      clock_offset_s: 0,
      settings: { ...DEFAULT_SETTINGS, name: readSetting('name', name), review },
    }),
  )
  print(options, { appid, secret: given, name, review, sandbox: sandbox === true }, `appid  ${appid}\nsecret ${given}`)
}

async function list(options: CommonOptions): Promise<void> {
  const merchants = await withSession(({ store }) => store.merchants())
  const shown = merchants.map(({ appid, sandbox, settings }) => ({ appid, sandbox, ...settings }))
  const lines = shown.map(
    ({ appid, name, review, sandbox }) => `${appid}  ${name}  review ${review}${sandbox ? '  sandbox' : ''}`,
  )
  print(options, { merchants: shown }, lines.join('\n') || 'no merchants')
}

async function secret(appid: string, options: CommonOptions): Promise<void> {
  const fresh = newSecret()
  await withSession(({ ledger }) => ledger.commit(appid, 'changeSecret', { secret_hash: secretHash(fresh) }))
  print(options, { appid, secret: fresh }, `appid  ${appid}\nsecret ${fresh}`)
}

async function set(appid: string, pairs: string[], options: CommonOptions): Promise<void> {
  const settings = readSettings(pairs)
  await withSession(({ ledger }) => ledger.commit(appid, 'changeMerchant', { settings }))
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${String(value)}`)
  print(options, { appid, ...settings }, lines.join('\n'))
}
