import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { DAY_S, dateOf, openCalendar, systemNow } from '../src/clock.ts'
import { FACT_NUMBERS } from '../src/domain/facts.ts'
import { DEFAULT_SETTINGS } from '../src/domain/merchant/merchant.ts'
import { newAppid, newCardId, newFreshCodes, newSecret, secretHash } from '../src/id.ts'
import { commitBatch, type Waiting } from '../src/ledger/batch.ts'
import { openLedger } from '../src/ledger/ledger.ts'
import { readCard } from '../src/shape/card/card.ts'
import { sumUp } from '../test/support/sum-up.ts'
import { databasePath, openFlush, openStoreForWriting } from '../src/store/open.ts'
import { cardBody } from '../test/support/cards.ts'
import { connect } from '../test/support/client.ts'
import { median } from './median.ts'
import { startKaquan } from './server.ts'

/**
 * What reports cost, whatever lies behind them, and what counting adds to what is counted; see README.md.
 *
 * Receipts and redemptions are committed as the server's thread does it, in batches of 64, durable; facts of the long
 * history are views, written straight into the table, since a hundredfold history is about their number and not about
 * how they came.
 */

const { values: options } = parseArgs({ options: { facts: { type: 'string', default: '1000000' } } })

const TIME_ZONE = 'Asia/Shanghai'
const DAYS = 62
const CARDS = 20
const HOLDERS = 100_000
const REPORTS = 200

const folder = mkdtempSync(join(tmpdir(), 'kaquan-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))

const merchant = { appid: newAppid(), secret: newSecret() }
const { appid } = merchant
const CARD = readCard(cardBody('CASH', { sku: { quantity: 1_000_000 }, get_limit: 1_000_000, use_limit: 1_000_000 }))

async function newShop(name: string, cards: number): Promise<{ data_dir: string; card_ids: string[] }> {
  const data_dir = join(folder, name)
  const ledger = await openLedger({ data_dir, time_zone: TIME_ZONE })
  const secret_hash = secretHash(merchant.secret)
  const detail = { secret_hash, sandbox: false, clock_offset_s: 0, settings: DEFAULT_SETTINGS }
  await ledger.commit(appid, 'createMerchant', detail)
  const card_ids = Array.from({ length: cards }, () => newCardId(appid))
  for (const card_id of card_ids) await ledger.commit(appid, 'createCard', { card_id, ...CARD, source: 'api' })
  await ledger.close()
  return { data_dir, card_ids }
}

/** Makes a history of this many facts, counts it, and asks for reports; tells the median of each, in ms. */
async function measureReports(count: number) {
  const { data_dir } = await newShop(`history-${count}`, CARDS)
  const db = new DatabaseSync(databasePath(data_dir))
  const first = (db.prepare('select max(fact) as last from fact').get() as { last: number }).last + 1
  const begin = systemNow() - (DAYS - 1) * DAY_S
  db.exec('pragma synchronous = off; begin')
  db.exec(`with recursive n (n) as (select 1 union all select n + 1 from n where n < ${HOLDERS})
           insert into holder (merchant, holder, openid) select 1, n, 'o_' || n from n`)
  db.exec(`with recursive n (n) as (select 0 union all select n + 1 from n where n < ${count - 1})
           insert into fact (merchant, fact, at, kind, card, holder)
           select 1, ${first} + n, ${begin} + n * ${(DAYS - 1) * DAY_S} / ${count}, ${FACT_NUMBERS.card_viewed},
                  1 + (n * 7919) % ${CARDS}, 1 + (n * 104729) % ${HOLDERS}
             from n`)
  db.exec('commit')
  db.close()

  const ledger = await openLedger({ data_dir, time_zone: TIME_ZONE })
  const counting = performance.now()
  await ledger.sumUp(appid)
  const us_a_fact = ((performance.now() - counting) * 1000) / count
  await ledger.close()

  const server = await startKaquan(data_dir)
  const client = await connect(server.url, merchant)
  const period = {
    begin_date: dateOf(openCalendar(TIME_ZONE).dayOf(begin)),
    end_date: dateOf(openCalendar(TIME_ZONE).dayOf(systemNow())),
    cond_source: 1,
  }
  const ask = async (path: string): Promise<number> => {
    const times = []
    for (let n = 0; n < REPORTS; n++) {
      const begun = performance.now()
      const { list } = await client.post(path, period)
      times.push(performance.now() - begun)
      if ((list as unknown[]).length < DAYS - 1) throw new Error(`${path}: ${JSON.stringify(list).slice(0, 200)}`)
    }
    return median(times)
  }
  const whole = await ask('/datacube/getcardbizuininfo')
  const cards = await ask('/datacube/getcardcardinfo')
  await server.stop()
  return { count, us_a_fact, whole, cards }
}

const RECEIPTS = 20_000
const BATCH = 64

/** The time of receipts and of their redemptions, in ms, with and without counting. */
async function measureCounting(name: string, counts: boolean) {
  const { data_dir, card_ids } = await newShop(name, 1)
  const tools = { writer: openStoreForWriting(data_dir), calendar: openCalendar(TIME_ZONE), now: systemNow }
  const flush = openFlush(data_dir)
  const commitAll = async (asked: Omit<Waiting, 'id'>[]): Promise<{ time: number; answers: unknown[] }> => {
    const answers: unknown[] = []
    const begun = performance.now()
    for (let place = 0; place < asked.length; place += BATCH) {
      const batch = asked.slice(place, place + BATCH).map((one, id) => ({ ...one, id }))
      answers.push(...commitBatch(batch, tools).map((outcome) => ('answer' in outcome ? outcome.answer : outcome)))
      await flush()
      // As often as the server's thread does, where requests never pause.
      if (counts && place % 1024 === 0) sumUp(tools.writer, appid, tools.calendar, 1000)
    }
    if (counts) while (sumUp(tools.writer, appid, tools.calendar, 1000));
    return { time: performance.now() - begun, answers }
  }
  const receive = await commitAll(
    Array.from({ length: RECEIPTS }, (_, n) => ({
      appid,
      command: 'receiveCode' as const,
      request: { card_id: card_ids[0]!, openid: `o_${n % 7000}`, fresh_codes: newFreshCodes() },
    })),
  )
  const consume = await commitAll(
    receive.answers.map((answer) => ({
      appid,
      command: 'consumeCode' as const,
      request: { code: (answer as { code: string }).code },
    })),
  )
  await tools.writer.close()
  await flush.close()
  return { receive: receive.time, consume: consume.time }
}

const small = Math.round(Number(options.facts) / 100)
const histories = [await measureReports(small), await measureReports(Number(options.facts))]
for (const { count, us_a_fact, whole, cards } of histories) {
  console.log(
    `${count} facts: 62 days of the merchant ${whole.toFixed(2)} ms, of each of ${CARDS} cards ${cards.toFixed(2)} ms (medians, over HTTP); counting ${us_a_fact.toFixed(1)} us a fact`,
  )
}
const [few, many] = histories as [(typeof histories)[0], (typeof histories)[0]]
console.log(
  `growth for a hundredfold history: ${(many.whole / few.whole).toFixed(2)} and ${(many.cards / few.cards).toFixed(2)} (goal < 2)`,
)

const rounds: { receive: number; consume: number }[] = []
for (let round = 0; round < 3; round++) {
  const without = await measureCounting(`without-${round}`, false)
  const counted = await measureCounting(`with-${round}`, true)
  rounds.push({ receive: counted.receive / without.receive, consume: counted.consume / without.consume })
}
const ratio = (what: 'receive' | 'consume'): string => median(rounds.map((round) => round[what])).toFixed(2)
console.log(`with counting : without — receipts ${ratio('receive')}, redemptions ${ratio('consume')} (goal < 1.3)`)
