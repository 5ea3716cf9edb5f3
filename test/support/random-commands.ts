import fc from 'fast-check'
import { DAY_S } from '../../src/clock.ts'
import type { CommandName } from '../../src/domain/commands.ts'
import { DEFAULT_SETTINGS } from '../../src/domain/merchant/merchant.ts'
import type { Settings } from '../../src/domain/rows.ts'
import type { Face } from '../../src/shape/card/card.ts'
import { aFace, NOW, PERMANENT, RANGE, term } from './given.ts'
import { inWords, isDeposited, type Asked, type Step } from './random-names.ts'

export type { Asked } from './random-names.ts'

/**
 * Random histories of one merchant. Cards, holders and codes are few, and stocks and limits small, so that commands meet:
 * about as many are accepted as are refused, each for every reason that it has.
 */
const DEPOSITED = aFace({
  base_info: { use_custom_code: true, get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT', get_limit: 3 },
})

const USUAL: readonly Face[] = [
  aFace({ base_info: { get_limit: 2 } }),
  aFace({ base_info: { date_info: term(3, 1), use_limit: 1 } }),
  aFace({ base_info: { date_info: term(90, 0, { end_timestamp: NOW + 9 * DAY_S }), can_give_friend: false } }),
  aFace({ card_type: 'MEMBER_CARD', base_info: { date_info: PERMANENT }, fields: { supply_balance: true } }),
  aFace({ base_info: { use_custom_code: true, use_limit: 2 } }),
  aFace({ base_info: { use_custom_code: true, date_info: { ...RANGE, end_timestamp: NOW + 4 * DAY_S } } }),
  DEPOSITED,
]

const ODD: readonly Face[] = [
  aFace({ base_info: { get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT' } }),
  aFace({ base_info: { date_info: { ...RANGE, end_timestamp: NOW - DAY_S } } }),
  aFace({ base_info: { date_info: PERMANENT } }),
]

const openid = fc.constantFrom('o_1', 'o_2', 'o_客')

/** Stands for a card made before, by its place among them; now and then for none. */
const card = fc.oneof({ weight: 20, arbitrary: fc.nat({ max: 9 }) }, fc.constant(-1))

/** Stands for a code that came into someone's hand before, by its place among the latest. */
const receipt = fc.nat({ max: 9 })

const receipts = fc.array(receipt, { minLength: 1, maxLength: 10 })

/** Stand for a gift and for a QR code made before, by their places among the latest. */
const gift = fc.nat({ max: 2 })
const ticket = fc.nat({ max: 4 })

/** Is a card_id or a custom code named where it must not be, or left out where it must? */
const slip = fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true))

/** Mostly whoever has the code, now and then anyone. */
const owner = fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, openid)

/** Stands for the number of a custom code. */
const custom = fc.nat({ max: 7 })

/** Stands for a generated number that is tried first though it is taken. */
const taken = fc.nat({ max: 99 })

const outer_str = fc.constantFrom('poster', '海报')

const record = <T extends object>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }, optional: readonly (keyof T)[] = []) =>
  fc.record(parts, {
    requiredKeys: (Object.keys(parts) as (keyof T)[]).filter((name) => !optional.includes(name)),
    noNullPrototype: true,
  })

const asks = (weight: number, command: CommandName, request: fc.Arbitrary<object>) => ({
  weight,
  arbitrary: request.map((wish) => ({ command, wish })),
})

const newCard = record({
  face: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...USUAL) }, fc.constantFrom(...ODD)),
  quantity: fc.constantFrom(1, 2, 5, 5, 100, 0),
  source: fc.constantFrom('api', 'console'),
})

const dateInfo = record(
  {
    type: fc.constantFrom('DATE_TYPE_FIX_TIME_RANGE', 'DATE_TYPE_PERMANENT', 'DATE_TYPE_FIX_TERM'),
    begin_timestamp: fc.constantFrom(NOW - DAY_S, NOW - 2 * DAY_S, NOW, 0),
    end_timestamp: fc.constantFrom(NOW + 30 * DAY_S, NOW + 40 * DAY_S, NOW + 2 * DAY_S, 0),
  },
  ['type', 'begin_timestamp', 'end_timestamp'],
)

const newValidity = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.constant({ begin_timestamp: NOW - 2 * DAY_S, end_timestamp: NOW + 40 * DAY_S }) },
  dateInfo,
)

/** Fields of a card with their new values; null takes one away. */
const changes = record({
  base_info: record(
    {
      notice: fc.constantFrom('请出示二维码', '到店使用'),
      get_limit: fc.integer({ min: 1, max: 4 }),
      can_give_friend: fc.constantFrom(true, false, null),
      use_all_locations: fc.constantFrom(true, false, null),
      center_title: fc.constantFrom('立即使用', null),
    },
    ['notice', 'get_limit', 'can_give_friend', 'use_all_locations', 'center_title'],
  ),
  fields: record({ supply_bonus: fc.boolean() }, ['supply_bonus']),
})

/** What changes a card. */
const cardSteps = [
  asks(3, 'createCard', newCard),
  asks(1, 'deleteCard', record({ card })),
  asks(
    3,
    'modifyStock',
    record({ card, increase_stock_value: fc.nat({ max: 4 }), reduce_stock_value: fc.nat({ max: 3 }) }),
  ),
  asks(3, 'approveCard', record({ card })),
  asks(1, 'refuseCard', record({ card, reason: fc.constantFrom('标题含糊', '') })),
  asks(2, 'viewCard', record({ card, openid, outer_str: fc.option(outer_str) })),
  asks(4, 'updateCard', record({ card, slip, changes, newValidity, review: fc.boolean() })),
  asks(1, 'setPayCell', record({ card, is_open: fc.boolean() })),
  asks(
    2,
    'setSelfConsumeCell',
    record({ card, is_open: fc.boolean(), need_verify_cod: fc.boolean(), need_remark_amount: fc.boolean() }),
  ),
  asks(
    4,
    'depositCodes',
    record({ card, slip, deposits: fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 4 }) }),
  ),
  asks(
    4,
    'createTicket',
    record({
      expire_seconds: fc.constantFrom(60, 1800, 365 * DAY_S),
      is_unique_code: fc.boolean(),
      offered: fc.array(
        record({ card, slip, custom, openid, outer_str }, ['openid', 'outer_str']), //
        { minLength: 1, maxLength: 3 },
      ),
    }),
  ),
]

/** What happens to codes and between holders. */
const codeSteps = [
  asks(20, 'receiveCode', record({ card, openid, slip, custom, taken, outer_str }, ['taken', 'outer_str'])),
  asks(6, 'receiveCode', record({ card, openid, slip, custom, ticket })),
  asks(12, 'consumeCode', record({ receipt, slip })),
  asks(4, 'makeUnavailable', record({ receipt, slip, reason: fc.constantFrom('退款', 'refund') }, ['reason'])),
  asks(5, 'updateCode', record({ receipt, slip, custom })),
  asks(10, 'giveCode', record({ receipt, slip, owner })),
  asks(9, 'acceptGift', record({ gift, openid, taken }, ['taken'])),
  asks(3, 'returnGift', record({ gift, owner })),
  asks(5, 'deleteCode', record({ receipt, slip, owner })),
  asks(4, 'restoreCode', record({ card, slip, owner })),
  asks(3, 'expireCodes', record({ receipts })),
]

/** What changes the merchant, and time. */
const merchantSteps = [
  asks(
    2,
    'changeMerchant',
    record({
      settings: record(
        {
          review: fc.constantFrom('automatic', 'manual'),
          custom_code: fc.boolean(),
          balance: fc.boolean(),
          wechat_pay: fc.boolean(),
          gift_timeout_hours: fc.constantFrom(1, 24, 48),
          name: fc.string(),
        },
        ['review', 'custom_code', 'balance', 'wechat_pay', 'gift_timeout_hours', 'name'],
      ),
    }),
  ),
  asks(1, 'changeSecret', record({ secret_hash: fc.constantFrom('secret', 'other secret') })),
  asks(
    1,
    'setWhiteList',
    record({
      openids: fc.array(openid, { maxLength: 3 }),
      usernames: fc.array(fc.constantFrom('店长', 'tester'), { maxLength: 9 }),
    }),
  ),
  asks(3, 'moveClock', record({ by: fc.oneof(fc.constant(3600), fc.integer({ min: -5, max: 2 * DAY_S })) })),
]

/** Commands that by chance alone would seldom follow each other. */
const oneAfterTheOther = (...commands: ReturnType<typeof asks>[]) =>
  fc.tuple(...commands.map(({ arbitrary }) => arbitrary))

const give = asks(1, 'giveCode', record({ receipt, slip: fc.constant(false) }))
const accept = asks(1, 'acceptGift', record({ gift: fc.constant(0), openid }))
const takeBack = asks(1, 'returnGift', record({ gift: fc.constant(0) }))
const throwAway = asks(1, 'deleteCode', record({ receipt, slip: fc.constant(false) }))
const restore = asks(1, 'restoreCode', record({ card, slip: fc.constant(false) }))
const expire = asks(1, 'expireCodes', record({ receipts }))
const pass = asks(1, 'moveClock', record({ by: fc.constantFrom(DAY_S, DAY_S + 1) }))
/** Until the codes of short terms have ended. */
const passOn = asks(1, 'moveClock', record({ by: fc.constant(4 * DAY_S) }))

const steps = fc.oneof(
  { weight: 40, arbitrary: fc.oneof(...cardSteps, ...codeSteps, ...merchantSteps).map((one) => [one]) },
  { weight: 4, arbitrary: oneAfterTheOther(give, accept) },
  { weight: 2, arbitrary: oneAfterTheOther(give, takeBack) },
  { weight: 2, arbitrary: oneAfterTheOther(give, pass, accept) },
  { weight: 2, arbitrary: oneAfterTheOther(throwAway, restore) },
  oneAfterTheOther(passOn, expire),
  oneAfterTheOther(give, passOn, expire, accept),
)

/** @param maxLength of the commands after those that make the merchant and its first cards */
export const history = (maxLength: number): fc.Arbitrary<Asked[]> =>
  fc
    .tuple(
      fc.shuffledSubarray([...USUAL], { minLength: 2 }),
      fc.constantFrom('automatic', 'automatic', 'manual'),
      fc.array(steps, { maxLength, size: 'max' }),
    )
    .map(([faces, review, steps]) => inWords([...beginning(faces, review), ...steps.flat().slice(0, maxLength)]))

/** A merchant with some cards, all of them on offer. */
function beginning(faces: readonly Face[], review: Settings['review']): Step[] {
  const settings = { ...DEFAULT_SETTINGS, review }
  return [
    { command: 'createMerchant', wish: { secret_hash: 'secret', sandbox: true, clock_offset_s: 0, settings } },
    ...faces.flatMap((face, card): Step[] => [
      { command: 'createCard', wish: { face, quantity: 5, source: 'api' } },
      ...(isDeposited(face) ? ENOUGH.map(({ command, wish }) => ({ command, wish: { ...wish, card } })) : []),
      ...(review === 'manual' ? [{ command: 'approveCard' as const, wish: { card } }] : []),
    ]),
  ]
}

/** Some codes to draw from. */
const ENOUGH: readonly Step[] = [
  { command: 'depositCodes', wish: { deposits: [0, 1, 3, 6] } },
  { command: 'modifyStock', wish: { increase_stock_value: 3, reduce_stock_value: 0 } },
]
