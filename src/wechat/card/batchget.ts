import type { CardStatus } from '../../domain/rows.ts'
import { endpoint } from '../../server/endpoint.ts'
import { int, list, object, optional, text } from '../../shape/field.ts'

/** Each state by its name in the specification and by the other spellings that client libraries carry. */
const STATUS_NAMES = new Map<string, CardStatus>([
  ['CARD_STATUS_NOT_VERIFY', 'CARD_STATUS_NOT_VERIFY'],
  ['CARD_STATUS_VERIFY_FAIL', 'CARD_STATUS_VERIFY_FAIL'],
  ['CARD_STATUS_VERIFY_FALL', 'CARD_STATUS_VERIFY_FAIL'],
  ['CARD_STATUS_VERIFY_OK', 'CARD_STATUS_VERIFY_OK'],
  ['CARD_STATUS_DELETE', 'CARD_STATUS_DELETE'],
  ['CARD_STATUS_USER_DELETE', 'CARD_STATUS_DELETE'],
  ['CARD_STATUS_DISPATCH', 'CARD_STATUS_DISPATCH'],
  ['CARD_STATUS_USER_DISPATCH', 'CARD_STATUS_DISPATCH'],
])

/** Deleted cards are listed only on request. */
const USUAL: readonly CardStatus[] = [
  'CARD_STATUS_NOT_VERIFY',
  'CARD_STATUS_VERIFY_FAIL',
  'CARD_STATUS_VERIFY_OK',
  'CARD_STATUS_DISPATCH',
]

const MAX_COUNT = 50

/** 批量查询卡券列表 */
export const batchget = endpoint({
  path: '/card/batchget',
  body: object({
    offset: int(0, Number.MAX_SAFE_INTEGER),
    count: int(1, MAX_COUNT),
    // Some clients send one state as bare text; an unknown one matches nothing.
    status_list: optional(list(text(64), 20, { commas: true })),
  }),
  async handle({ offset, count, status_list }, { appid, store }) {
    const statuses = status_list?.length ? status_list.flatMap((name) => STATUS_NAMES.get(name) ?? []) : USUAL
    const { card_ids, total } = await store.cardsInStatus(appid, statuses, offset, count)
    return { card_id_list: card_ids, total_num: total }
  },
})
