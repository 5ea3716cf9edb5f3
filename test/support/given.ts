import assert from 'node:assert/strict'
import { DAY_S, openCalendar } from '../../src/clock.ts'
import type { Command, Decision, Situation } from '../../src/domain/command.ts'
import { DEFAULT_SETTINGS } from '../../src/domain/merchant/merchant.ts'
import type { CardRow, CodeRow, MerchantRow, Settings } from '../../src/domain/rows.ts'
import { Refusal, type ErrorName } from '../../src/errors.ts'
import type { Face } from '../../src/shape/card/card.ts'
import { MemoryRows, type GivenRows } from './rows.ts'

/** Plain rows and requests to try rules with. Whatever a test does not name is ordinary. */

/** 2015-10-01 12:00:00 in Shanghai. */
export const NOW = 1_443_672_000

export const CALENDAR = openCalendar('Asia/Shanghai')

export const APPID = 'wx_test'

type DateInfo = Face['base_info']['date_info']

/** Valid from a day before NOW to thirty days after it. */
export const RANGE: DateInfo = {
  type: 'DATE_TYPE_FIX_TIME_RANGE',
  begin_timestamp: NOW - DAY_S,
  end_timestamp: NOW + 30 * DAY_S,
}

/** Valid for some days from receipt. */
export const term = (fixed_term: number, fixed_begin_term = 0, more: Partial<DateInfo> = {}): DateInfo => ({
  type: 'DATE_TYPE_FIX_TERM',
  fixed_term,
  fixed_begin_term,
  ...more,
})

export const PERMANENT: DateInfo = { type: 'DATE_TYPE_PERMANENT' }

export interface FaceChange {
  card_type?: Face['card_type']
  base_info?: Partial<Face['base_info']>
  fields?: Face['fields']
}

export function aFace({ card_type = 'GROUPON', base_info, fields }: FaceChange = {}): Face {
  return {
    card_type,
    base_info: {
      logo_url: 'https://example.com/logo.png',
      brand_name: '海风小馆',
      code_type: 'CODE_TYPE_TEXT',
      title: '双人套餐',
      color: 'Color010',
      notice: '请出示二维码',
      description: '不可与其他优惠同享',
      date_info: RANGE,
      ...base_info,
    },
    fields: fields ?? (card_type === 'GROUPON' ? { deal_detail: '双人锅底一份' } : {}),
  }
}

/** A card on offer, with ten of its hundred received. */
export function aCard(change: Partial<CardRow> & { base_info?: Partial<Face['base_info']> } = {}): CardRow {
  const { base_info, ...columns } = change
  return {
    card_id: 'p_card',
    status: 'CARD_STATUS_VERIFY_OK',
    source: 'api',
    quantity: 90,
    total_quantity: 100,
    deposited: 0,
    create_time: NOW - DAY_S,
    update_time: NOW - DAY_S,
    refuse_reason: null,
    face: aFace({ ...(base_info && { base_info }) }),
    version: 1,
    ...columns,
  }
}

/** A code of that card in its holder's hand, which follows the card's range. */
export function aCode(change: Partial<CodeRow> = {}): CodeRow {
  return {
    code: '110201201245',
    card_id: 'p_card',
    openid: 'o_holder',
    status: 'NORMAL',
    begin_time: null,
    end_time: null,
    outer_str: null,
    gift_ticket: null,
    gift_expire_time: null,
    fact: 7,
    ...change,
  }
}

/** On its way to a friend, whose time is over. */
export const GIFT_TIMEOUT = { status: 'GIFTING', gift_ticket: 'ticket', gift_expire_time: NOW - 1 } as const

export function aMerchant({
  settings,
  ...change
}: Partial<Omit<MerchantRow, 'settings'>> & { settings?: Partial<Settings> } = {}): MerchantRow {
  return {
    appid: APPID,
    secret_hash: 'hash of the secret',
    sandbox: false,
    clock_offset_s: 0,
    settings: { ...DEFAULT_SETTINGS, ...settings },
    white_list: { openids: [], usernames: [] },
    ...change,
  }
}

export function situation(rows: GivenRows, now = NOW): Situation {
  return { appid: APPID, rows: new MemoryRows(rows), now, calendar: CALENDAR }
}

/** What a command decides by these rows. The rows are frozen: a rule that touches one throws. */
export function decide<Request, Answer>(
  command: Command<Request, Answer>,
  request: Request,
  rows: GivenRows,
  now = NOW,
): Decision<Answer> {
  return command(request, situation(rows, now))
}

/** For assert.throws and assert.rejects: a Refusal for this reason, and, where it matters, with this detail. */
export function refusal(reason: ErrorName, detail?: string | RegExp) {
  return (error: unknown): true => {
    if (!(error instanceof Refusal)) throw error
    assert.equal(error.reason, reason)
    if (typeof detail === 'string') assert.equal(error.detail, detail)
    if (detail instanceof RegExp) assert.match(error.detail, detail)
    return true
  }
}

/** The reason for which work is refused, undefined where it is not; any other error is thrown on. */
export function reasonOf(work: () => unknown): ErrorName | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error.reason
    throw error
  }
}
