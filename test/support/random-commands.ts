import fc from 'fast-check'
import { DAY_S } from '../../src/clock.ts'
import type { CommandName } from '../../src/domain/commands.ts'
import { DEFAULT_SETTINGS } from '../../src/domain/merchant/merchant.ts'
import type { Face } from '../../src/shape/card/card.ts'
import { aFace, NOW, PERMANENT, RANGE, term } from './given.ts'

/**
 * Random histories of one merchant. Cards, holders and codes are few, and stocks and limits small, so that commands meet:
 * about as many are accepted as are refused, each for every reason that it has.
 */
export interface Asked {
  command: CommandName
  request: unknown
}

const USUAL: readonly Face[] = [
  aFace({ base_info: { get_limit: 2 } }),
  aFace({ base_info: { date_info: term(3, 1), use_limit: 1 } }),
  aFace({ base_info: { date_info: term(90, 0, { end_timestamp: NOW + 9 * DAY_S }) } }),
  aFace({ card_type: 'MEMBER_CARD', base_info: { date_info: PERMANENT }, fields: { supply_balance: true } }),
  aFace({ base_info: { use_custom_code: true, use_limit: 2 } }),
  aFace({ base_info: { use_custom_code: true, date_info: { ...RANGE, end_timestamp: NOW + 4 * DAY_S } } }),
]

const ODD: readonly Face[] = [
  aFace({ base_info: { use_custom_code: true, get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT' } }),
  aFace({ base_info: { date_info: { ...RANGE, end_timestamp: NOW - DAY_S } } }),
  aFace({ base_info: { date_info: PERMANENT } }),
]

const openid = fc.constantFrom('o_1', 'o_2', 'o_客')

/** Stands for a card made before, by its place among them; now and then for none. */
const card = fc.oneof({ weight: 20, arbitrary: fc.nat({ max: 9 }) }, fc.constant(-1))

/** Stands for a receipt asked for before, by its place among the latest. */
const receipt = fc.nat({ max: 15 })

/** Is a card_id or a custom code named where it must not be, or left out where it must? */
const slip = fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true))

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

const step = fc.oneof(
  asks(3, 'createCard', newCard),
  asks(1, 'deleteCard', record({ card })),
  asks(
    3,
    'modifyStock',
    record({ card, increase_stock_value: fc.nat({ max: 4 }), reduce_stock_value: fc.nat({ max: 3 }) }),
  ),
  asks(1, 'approveCard', record({ card })),
  asks(1, 'refuseCard', record({ card, reason: fc.constantFrom('标题含糊', '') })),
  asks(2, 'viewCard', record({ card, openid, outer_str: fc.option(fc.constantFrom('poster', '海报')) })),
  asks(
    20,
    'receiveCode',
    record(
      {
        card,
        openid,
        slip,
        custom: fc.nat({ max: 7 }),
        taken: fc.nat({ max: 99 }),
        outer_str: fc.constantFrom('poster', '海报'),
      },
      ['taken', 'outer_str'],
    ),
  ),
  asks(16, 'consumeCode', record({ receipt, slip })),
  asks(4, 'makeUnavailable', record({ receipt, slip, reason: fc.constantFrom('退款', 'refund') }, ['reason'])),
  asks(
    2,
    'changeMerchant',
    record({
      settings: record(
        {
          review: fc.constantFrom('automatic', 'manual'),
          custom_code: fc.boolean(),
          balance: fc.boolean(),
          name: fc.string(),
        },
        ['review', 'custom_code', 'balance', 'name'],
      ),
    }),
  ),
  asks(1, 'changeSecret', record({ secret_hash: fc.constantFrom('secret', 'other secret') })),
  asks(2, 'moveClock', record({ by: fc.oneof(fc.constant(3600), fc.integer({ min: -5, max: 3 * DAY_S })) })),
)

/** @param maxLength of the commands after those that make the merchant and its first cards */
export const history = (maxLength: number): fc.Arbitrary<Asked[]> =>
  fc
    .tuple(fc.shuffledSubarray([...USUAL], { minLength: 2 }), fc.array(step, { maxLength, size: 'max' }))
    .map(([faces, steps]) => [...beginning(faces), ...steps])
    .map(inWords)

interface Step {
  command: CommandName
  wish: object
}

const beginning = (faces: readonly Face[]): Step[] => [
  {
    command: 'createMerchant',
    wish: { secret_hash: 'secret', sandbox: true, clock_offset_s: 0, settings: DEFAULT_SETTINGS },
  },
  ...faces.map((face) => ({ command: 'createCard' as const, wish: { face, quantity: 5, source: 'api' } })),
]

interface Wish {
  card?: number
  receipt?: number
  slip?: boolean
  custom?: number
  taken?: number
}

const CUSTOM_CODES = ['VIP-1', 'VIP-2', 'VIP-3', '券', '券-2', '000000000003', '7', '8']

const generated = (place: number): string => String(place).padStart(12, '0')

/** Puts names in the place of numbers: each new card, and each receipt of a generated code, gets one of its own. */
function inWords(steps: readonly Step[]): Asked[] {
  const isCustom: boolean[] = []
  const receipts: { card_id: string; code: string; needsCard: boolean }[] = []
  let codes = 0
  return steps.map(({ command, wish }) => {
    const { card: place, receipt: latest, slip: slips = false, custom = 0, taken, ...rest } = wish as Wish
    const request: Record<string, unknown> = { ...rest }
    const cardPlace = place === undefined || place < 0 ? -1 : place % isCustom.length
    const card_id = cardPlace < 0 ? 'p_none' : `p_${cardPlace}`
    if (place !== undefined) request['card_id'] = card_id
    if (command === 'createCard') {
      request['card_id'] = `p_${isCustom.length}`
      isCustom.push((wish as { face: Face }).face.base_info.use_custom_code === true)
    }
    if (command === 'receiveCode') {
      const needsCard = isCustom[cardPlace] === true
      const fresh = generated(codes++)
      const fresh_codes = taken === undefined ? [fresh] : [generated(taken % codes), fresh]
      const code = needsCard ? CUSTOM_CODES[custom]! : fresh
      Object.assign(request, { fresh_codes, ...(needsCard !== slips && { code: CUSTOM_CODES[custom] }) })
      receipts.push({ card_id, code, needsCard })
    }
    if (latest !== undefined) {
      const { needsCard, ...meant } = receipts.at(-1 - (latest % Math.max(receipts.length, 1))) ?? NOTHING
      Object.assign(request, needsCard === slips ? { code: meant.code } : meant)
    }
    return { command, request }
  })
}

const NOTHING = { card_id: 'p_0', code: '999999999999', needsCard: false }
