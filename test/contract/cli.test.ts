import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, suite, test } from 'node:test'
import { createCard, getCard, lookUp, newOpenid, receive } from '../support/acts.ts'
import { connect, getJson } from '../support/client.ts'
import { makeMerchant, newFolder, runCli, startServer, type Ran } from '../support/server.ts'
import { sqlIn } from '../support/place.ts'

/** The command line, beside a server that runs on the same data. */

const server = await startServer()
after(() => server.stop())
const merchant = await makeMerchant(server)
const client = await connect(server.url, merchant)
const of_merchant = ['--appid', merchant.appid]
const card_id = await createCard(client)

const kaquan = (...args: string[]): Promise<Ran> => runCli(args, { DATA_DIR: server.data_dir })

/** The object that a command prints with --json. */
async function printed(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await kaquan(...args, '--json')
  assert.equal(code, 0, stderr)
  assert.equal(stdout.trimEnd().split('\n').length, 1)
  return JSON.parse(stdout) as Record<string, unknown>
}

/**
 * A command that does not do what was asked says why on standard error, without its insides, and exits with more than
 * 0.
 */
async function assertFails(args: string[], why: RegExp): Promise<void> {
  const { code, stderr } = await kaquan(...args)
  assert.notEqual(code, 0, args.join(' '))
  assert.match(stderr, why)
  assert.doesNotMatch(stderr, / {4}at |SQLITE|\.ts:/)
}

const pick = (object: Record<string, unknown>, names: readonly string[]): unknown[] => names.map((name) => object[name])

const tokenOf = (appid: unknown, secret: unknown) =>
  getJson(
    `${server.url}/cgi-bin/token?grant_type=client_credential&appid=${String(appid)}&secret=${encodeURIComponent(String(secret))}`,
  )

suite('merchants', { concurrency: 2 }, () => {
  test('a merchant that is made gets an appid and a secret that work at once', async () => {
    const made = await printed('merchant', 'create', '--name', '海风小馆')
    assert.match(String(made['appid']), /^wx[0-9a-f]{16}$/)
    assert.ok('access_token' in (await tokenOf(made['appid'], made['secret'])))
  })

  test('without --json appid and secret are printed for people', async () => {
    const { code, stdout } = await kaquan('merchant', 'create')
    const [, appid, secret] = /^appid\s+(\S+)\nsecret\s+(\S+)\n$/.exec(stdout) ?? []
    assert.equal(code, 0)
    assert.ok('access_token' in (await tokenOf(appid, secret)))
  })

  test('a merchant may bring an appid and a secret, which nobody else has', async () => {
    const own = { appid: 'wx588def6b0089dd48', secret: 'a%secret&of=my+own' }
    const made = await printed('merchant', 'create', '--appid', own.appid, '--secret', own.secret)
    assert.deepEqual({ appid: made['appid'], secret: made['secret'] }, own)
    assert.ok('access_token' in (await tokenOf(own.appid, own.secret)))
    await assertFails(['merchant', 'create', '--appid', own.appid], /wx588def6b0089dd48/)
  })

  test('an appid or a secret that makes no sense makes no merchant', async () => {
    await assertFails(['merchant', 'create', '--appid', 'a b'], /appid/)
    await assertFails(['merchant', 'create', '--secret', 'short'], /secret/)
  })

  test('the list names every merchant and tells no secret', async () => {
    const { merchants } = await printed('merchant', 'list')
    assert.ok((merchants as { appid: string }[]).some(({ appid }) => appid === merchant.appid))
    const { stdout } = await kaquan('merchant', 'list')
    assert.match(stdout, new RegExp(merchant.appid))
    for (const text of [stdout, JSON.stringify(merchants)]) {
      assert.doesNotMatch(text, new RegExp(merchant.secret))
      assert.doesNotMatch(text, /secret/)
    }
  })

  test('settings are changed together or not at all, and count for the server that runs', async () => {
    const changing = await makeMerchant(server)
    const { appid } = changing
    await printed('merchant', 'set', appid, 'review=manual', 'name=新店', 'gift_timeout_hours=48')
    await assertFails(['merchant', 'set', appid, 'name=x', 'colour=red'], /colour/)
    await assertFails(['merchant', 'set', appid, 'name=x', 'review=never'], /review/)

    const { merchants } = (await printed('merchant', 'list')) as { merchants: Record<string, unknown>[] }
    const { name, review, gift_timeout_hours } = merchants.find((one) => one['appid'] === appid)!
    assert.deepEqual([name, review, gift_timeout_hours], ['新店', 'manual', 48])
    const theirs = await connect(server.url, changing)
    const waiting = await createCard(theirs)
    assert.equal((await getCard(theirs, waiting)).base_info.status, 'CARD_STATUS_NOT_VERIFY')
  })

  test('a merchant that there is not has neither a secret nor settings', async () => {
    await assertFails(['merchant', 'secret', 'wx0000000000000000'], /invalid appid/)
    await assertFails(['merchant', 'set', 'wx0000000000000000', 'name=x'], /invalid appid/)
  })
})

suite('cards and codes', { concurrency: 2 }, () => {
  test('a holder receives a code by the command line, and the server knows it', async () => {
    const openid = newOpenid()
    const { code, ...received } = await printed('card', 'receive', card_id, openid, ...of_merchant)
    const { card, openid: holder } = await lookUp(client, String(code))
    const { begin_time, end_time } = card as Record<string, unknown>
    assert.deepEqual(received, { card_id, openid, begin_time, end_time })
    assert.equal(holder, openid)
  })

  test('a card that is good for ever is received with the end_time 0, as on the wire', async () => {
    const forEver = await createCard(client, 'MEMBER_CARD', { date_info: { type: 'DATE_TYPE_PERMANENT' } })
    const { code, end_time } = await printed('card', 'receive', forEver, newOpenid(), ...of_merchant)
    assert.equal(end_time, 0)
    assert.equal(((await lookUp(client, String(code)))['card'] as Record<string, unknown>)['end_time'], 0)
  })

  test('without --json the code alone is printed', async () => {
    const { code: exit, stdout } = await kaquan('card', 'receive', card_id, newOpenid(), ...of_merchant)
    assert.equal(exit, 0)
    assert.match(stdout, /^\d{12}\n$/)
    await client.ok('/card/code/consume', { code: stdout.trim() })
  })

  test('what the rules refuse the command line refuses too, with the same errcode', async () => {
    const single = await createCard(client, 'GROUPON', { sku: { quantity: 1 } })
    await receive(client, single)
    const { code, stdout } = await kaquan('card', 'receive', single, newOpenid(), ...of_merchant, '--json')
    assert.notEqual(code, 0)
    assert.equal((JSON.parse(stdout) as { errcode: number }).errcode, 45031)
    await assertFails(['card', 'receive', single, '中文', ...of_merchant], /invalid openid/)
  })

  test('where there are several merchants one has to be named, and one that exists', async () => {
    await assertFails(['card', 'receive', card_id, newOpenid()], /--appid/)
    await assertFails(['card', 'receive', card_id, newOpenid(), '--appid', 'wx0000000000000000'], /invalid appid/)
  })

  test('the state and the history of a code are shown', async () => {
    const openid = newOpenid()
    const code = await receive(client, card_id, openid)
    await client.ok('/card/code/consume', { code })
    const shown = await printed('code', 'show', code, ...of_merchant)
    const { begin_time, end_time } = (await lookUp(client, code))['card'] as Record<string, unknown>
    assert.deepEqual(pick(shown, ['code', 'card_id', 'openid', 'user_card_status', 'begin_time', 'end_time']), [
      code,
      card_id,
      openid,
      'CONSUMED',
      begin_time,
      end_time,
    ])
    const { stdout } = await kaquan('code', 'show', code, ...of_merchant)
    for (const text of [code, card_id, openid, 'CONSUMED']) assert.ok(stdout.includes(text), text)
    assert.match(stdout, /received[^]*consumed/)
  })

  test('a custom code is shown together with its card_id', async () => {
    const custom = await createCard(client, 'GROUPON', { use_custom_code: true })
    await receive(client, custom, newOpenid(), { code: 'VIP-1' })
    const shown = await printed('code', 'show', 'VIP-1', '--card-id', custom, ...of_merchant)
    assert.equal(shown['user_card_status'], 'NORMAL')
    await assertFails(['code', 'show', 'VIP-1', ...of_merchant], /invalid serial code/)
  })
})

suite('the rest', { concurrency: 2 }, () => {
  test('config prints each setting with its default, its value and its meaning', async () => {
    const env = { DATA_DIR: newFolder(), PORT: '8099', TIME_ZONE: 'Asia/Tokyo' }
    const { stdout } = await runCli(['config', '--json'], env)
    const { settings } = JSON.parse(stdout) as { settings: Record<string, unknown>[] }
    const byName = new Map(settings.map((setting) => [setting['name'], setting]))
    for (const name of ['HOST', 'PORT', 'PUBLIC_URL', 'DATA_DIR', 'DATABASE_URL', 'TIME_ZONE', 'DEMO', 'LOG_LEVEL']) {
      assert.match(String(byName.get(name)?.['meaning']), /\w/, name)
    }
    const { default: usual, value } = byName.get('PORT')!
    assert.deepEqual([usual, value], ['8080', '8099'])
    const { stdout: text } = await runCli(['config'], env)
    assert.match(text, /8099/)
    assert.match(text, /Asia\/Tokyo/)
  })

  for (const command of [['merchant', 'create'], ['card', 'receive'], ['verify']]) {
    test(`${command.join(' ')} --help prints help`, async () => {
      const { code, stdout } = await kaquan(...command, '--help')
      assert.equal(code, 0)
      assert.match(stdout, /^Usage: kaquan /)
    })
  }

  test('merchant set --help tells which values each setting takes, and takes them', async () => {
    const { stdout } = await kaquan('merchant', 'set', '--help')
    assert.match(stdout, /^ +review +automatic or manual$/m)
    assert.match(stdout, /^ +wechat_pay +on or off, also true or false$/m)
    const { appid } = await makeMerchant(server)
    const changed = await printed('merchant', 'set', appid, 'wechat_pay=true', 'custom_code=false', 'balance=off')
    assert.deepEqual(pick(changed, ['wechat_pay', 'custom_code', 'balance']), [true, false, false])
    await assertFails(['merchant', 'set', appid, 'wechat_pay=maybe'], /wechat_pay: needs on or off/)
    await assertFails(['merchant', 'set', appid, 'ip_allowlist=here'], /ip_allowlist: here is neither/)
  })

  test('a command or an option that there is not is refused', async () => {
    await assertFails(['cash'], /unknown command/)
    await assertFails(['verify', '--quickly'], /unknown option/)
  })

  test('a folder without data cannot be verified, and is not made', async () => {
    const DATA_DIR = `${newFolder()}/nothing`
    const { code, stderr } = await runCli(['verify'], { DATA_DIR })
    assert.equal(code, 1)
    assert.match(stderr, /DATA_DIR|DATABASE_URL/)
    assert.ok(!existsSync(DATA_DIR))
  })
})

test('verify is clean beside a server at work, and finds a row that was changed by hand', async () => {
  const clean = await printed('verify')
  assert.deepEqual([clean['clean'], clean['differences']], [true, []])
  assert.match((await kaquan('verify')).stdout, /clean/)

  await server.stop()
  await sqlIn(server.data_dir, 'update card set quantity = quantity + 1, total_quantity = total_quantity + 1')
  const { code, stdout } = await kaquan('verify')
  assert.equal(code, 1)
  assert.match(stdout, new RegExp(card_id))
})
