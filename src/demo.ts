import type { Config } from './config.ts'
import { DAY_S, openCalendar, systemNow } from './clock.ts'
import { DEFAULT_SETTINGS } from './domain/merchant/merchant.ts'
import { newAppid, newCardId, newFreshCodes, newSecret, newTicket, secretHash } from './id.ts'
import { readCard } from './shape/card/card.ts'
import type { Received } from './domain/code/receive.ts'
import type { CardType } from './shape/card/types.ts'
import type { Ledger } from './ledger/ledger.ts'

/** What the very first start makes: a sandbox merchant with a card of every type and three weeks of activity. */
export interface Demo {
  appid: string
  secret: string
  /** Printed once: whoever reads it can try the server at once. */
  welcome(public_url: string): string
}

const WEEKS = 3
const HOLDERS = 60
const STOCK = 1000
const NOON_S = 12 * 3600

export async function makeDemo(ledger: Ledger, { time_zone }: Pick<Config, 'time_zone'>): Promise<Demo> {
  const appid = newAppid()
  const secret = newSecret()
  const today = openCalendar(time_zone).startOfDay(systemNow(), 0)
  const begin = today - (WEEKS * 7 + 1) * DAY_S + NOON_S
  await ledger.commit(appid, 'createMerchant', {
    secret_hash: secretHash(secret),
    sandbox: true,
    clock_offset_s: begin - systemNow(),
    settings: { ...DEFAULT_SETTINGS, name: '海风小馆' },
  })
  const card_ids = await createCards(ledger, appid, begin)
  await liveThroughWeeks(ledger, appid, card_ids)
  await ledger.commit(appid, 'moveClock', { to: systemNow() })
  // One is on its way to a friend right now.
  const visitor = { card_id: card_ids[0]!, openid: 'oDemo_holder_0' }
  const received = await ledger.commit(appid, 'receiveCode', { ...visitor, fresh_codes: newFreshCodes() })
  await giveOne(ledger, appid, received, false)
  return { appid, secret, welcome: (public_url) => welcome(public_url, appid, secret, card_ids[0]!) }
}

async function createCards(ledger: Ledger, appid: string, now: number): Promise<string[]> {
  const cards = (Object.keys(CARDS) as CardType[]).map((card_type) => cardOf(card_type, now))
  const created = await Promise.all(
    cards.map((card) =>
      ledger.commit(appid, 'createCard', { card_id: newCardId(appid), ...readCard({ card }), source: 'api' }),
    ),
  )
  const card_ids = created.map(({ card_id }) => card_id)
  const deposited = cards.findIndex(({ card_type }) => card_type === DEPOSITED)
  await deposit(ledger, appid, card_ids[deposited]!)
  return card_ids
}

/** This card has custom codes. */
const DEPOSITED: CardType = 'BUS_TICKET'

async function deposit(ledger: Ledger, appid: string, card_id: string): Promise<void> {
  const codes = Array.from({ length: STOCK }, (_, place) => `HD-${String(place + 1).padStart(5, '0')}`)
  await ledger.commit(appid, 'depositCodes', { card_id, codes })
  await ledger.commit(appid, 'modifyStock', { card_id, increase_stock_value: STOCK, reduce_stock_value: 0 })
}

/**
 * Every noon people look at cards and take some; some of those taken before are used, one is given to a friend, who may
 * or may not take it, and a few are thrown away or cancelled.
 */
async function liveThroughWeeks(ledger: Ledger, appid: string, card_ids: readonly string[]): Promise<void> {
  const random = randomNumbers(20_150_831)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const open: { code: string; card_id: string }[] = []
  for (let day = 0; day < WEEKS * 7; day++) {
    const visitors = Array.from({ length: 12 + Math.floor(random() * 10) }, () => ({
      card_id: pick(card_ids),
      openid: `oDemo_holder_${Math.floor(random() * HOLDERS)}`,
      outer_str: pick(['poster', 'menu', 'article', 'friend']),
    }))
    await Promise.all(visitors.map((visitor) => ledger.commit(appid, 'viewCard', visitor)))
    const takers = visitors.filter(() => random() < 0.6)
    const received = await Promise.all(
      takers.map((taker) => ledger.commit(appid, 'receiveCode', { ...taker, fresh_codes: newFreshCodes() })),
    )
    open.push(...received)
    const used = Array.from({ length: Math.floor(received.length / 2) }, () => pick(open))
    // A code may be picked twice, or have expired by now: then the till refuses it, as in life.
    await Promise.allSettled(used.map(({ code, card_id }) => ledger.commit(appid, 'consumeCode', { code, card_id })))
    if (day % 4 === 3)
      await ledger.commit(appid, 'makeUnavailable', { ...named(received[0]!), reason: '退款' }).catch(() => {})
    await giveOne(ledger, appid, received[1], day % 2 === 0)
    if (day % 5 === 4 && received[2]) await ledger.commit(appid, 'deleteCode', received[2]).catch(() => {})
    await ledger.commit(appid, 'moveClock', { by: DAY_S })
  }
}

const named = ({ code, card_id }: Received) => ({ code, card_id })

async function giveOne(ledger: Ledger, appid: string, given: Received | undefined, isTaken: boolean): Promise<void> {
  if (!given) return
  const { openid } = given
  const gift_ticket = newTicket(appid)
  const gift = await ledger.commit(appid, 'giveCode', { ...named(given), openid, gift_ticket }).catch(() => undefined)
  if (!gift || !isTaken) return
  const friend = { openid: `oDemo_friend_of_${openid}`.slice(0, 64), fresh_codes: newFreshCodes() }
  await ledger.commit(appid, 'acceptGift', { gift_ticket, ...friend })
}

/** Random numbers from 0 to 1, the same for the same seed, so that every demo looks alike. (mulberry32) */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface DemoCard {
  title: string
  color: string
  notice: string
  /** Days from receipt; if absent, a fixed range or, for a member card, no end. */
  term?: number
  fields: object
}

const CARDS: Record<CardType, DemoCard> = {
  GROUPON: {
    title: '双人海鲜火锅',
    color: 'Color010',
    notice: '请出示二维码',
    fields: { deal_detail: '锅底任选一份\n海鲜拼盘一份\n饮料两杯' },
  },
  CASH: {
    title: '满百减二十',
    color: 'Color020',
    notice: '结账前出示',
    fields: { least_cost: 10_000, reduce_cost: 2000 },
  },
  DISCOUNT: { title: '午市八折', color: 'Color030', notice: '工作日午市可用', term: 3, fields: { discount: 20 } },
  GIFT: {
    title: '生日甜品一份',
    color: 'Color040',
    notice: '生日当月可用',
    term: 30,
    fields: { gift: '桂花酒酿圆子一份' },
  },
  GENERAL_COUPON: {
    title: '到店有礼',
    color: 'Color050',
    notice: '每桌一份',
    fields: { default_detail: '赠小食一份' },
  },
  MEMBER_CARD: {
    title: '海风会员卡',
    color: 'Color060',
    notice: '结账时出示会员卡',
    fields: {
      supply_bonus: true,
      supply_balance: false,
      prerogative: '会员享九折\n生日赠甜品',
      bonus_rules: '每消费一元积一分',
      bonus_cleared: '每年十二月三十一日清零',
      auto_activate: true,
      discount: 10,
    },
  },
  SCENIC_TICKET: { title: '观海塔门票', color: 'Color070', notice: '入园时出示', fields: { ticket_class: '成人票' } },
  MOVIE_TICKET: {
    title: '露天电影票',
    color: 'Color080',
    notice: '开场前十五分钟入场',
    fields: { detail: '片名：海上日出\n时间：周六晚八点' },
  },
  BOARDING_PASS: {
    title: '跳岛航班',
    color: 'Color090',
    notice: '起飞前四十分钟停止值机',
    fields: {
      from: '本岛',
      to: '灯塔岛',
      flight: 'HF101',
      air_model: 'Y-12',
      gate: '3号',
      departure_time: 0,
      landing_time: 0,
    },
  },
  MEETING_TICKET: {
    title: '海鲜市集入场券',
    color: 'Color100',
    notice: '凭券入场',
    fields: { meeting_detail: '三号厅，周日上午九点' },
  },
  BUS_TICKET: { title: '环岛巴士票', color: 'Color102', notice: '上车时出示', term: 7, fields: {} },
}

/** The demo's card of a type, as card/create would be sent it. */
function cardOf(card_type: CardType, now: number): { card_type: CardType } {
  const { title, color, notice, term, fields } = CARDS[card_type]
  const base_info = {
    logo_url: 'https://example.com/logo.png',
    brand_name: '海风小馆',
    code_type: 'CODE_TYPE_QRCODE',
    title,
    color,
    notice,
    description: '不可与其他优惠同享\n最终解释权归本店所有',
    service_phone: '020-88888888',
    date_info: dateInfo(card_type, term, now),
    sku: { quantity: card_type === DEPOSITED ? 0 : STOCK },
    ...(card_type === DEPOSITED && { use_custom_code: true, get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT' }),
    get_limit: 20,
  }
  const flight = card_type === 'BOARDING_PASS' && {
    departure_time: now + 40 * DAY_S,
    landing_time: now + 40 * DAY_S + 3600,
  }
  return { card_type, [card_type.toLowerCase()]: { base_info, ...fields, ...flight } }
}

function dateInfo(card_type: CardType, term: number | undefined, now: number): object {
  if (card_type === 'MEMBER_CARD') return { type: 'DATE_TYPE_PERMANENT' }
  if (term !== undefined) return { type: 'DATE_TYPE_FIX_TERM', fixed_term: term, fixed_begin_term: 0 }
  return { type: 'DATE_TYPE_FIX_TIME_RANGE', begin_timestamp: now, end_timestamp: now + 120 * DAY_S }
}

function welcome(public_url: string, appid: string, secret: string, card_id: string): string {
  const query = `grant_type=client_credential&appid=${appid}&secret=${secret}`
  return `A demo merchant was made, with a card of every type and three weeks of activity.
appid      ${appid}
secret     ${secret}
card_id    ${card_id}
Try        curl '${public_url}/cgi-bin/token?${query}'
`
}
