import assert from 'node:assert/strict'
import fc from 'fast-check'
import { cardBody } from '../support/cards.ts'
import * as cards from '../support/model-cards.ts'
import { HOUR_S, type ModelCard, type Validity, type Wish } from '../support/model.ts'
import { compareBatch, compareCard, compareDeposited } from './compare.ts'
import { cardIdOf, hourOf, oneOf, picked, step, type World } from './world.ts'

/** What a merchant does with cards. They are picked by number, from those that there are when the step is taken. */

export const aNumber = fc.nat({ max: 999 })

/** Hours are counted from the hour in which the card is created. */
type WishedValidity = (now: number) => Validity

const aRange: fc.Arbitrary<WishedValidity> = fc
  .record({ begin: fc.integer({ min: -48, max: 24 }), hours: fc.integer({ min: -2, max: 96 }) })
  .map(({ begin, hours }) => (now) => ({
    type: 'DATE_TYPE_FIX_TIME_RANGE',
    begin_timestamp: hourOf(now) + begin * HOUR_S,
    end_timestamp: hourOf(now) + (begin + hours) * HOUR_S,
  }))

const aTerm: fc.Arbitrary<WishedValidity> = fc
  .record({
    fixed_term: fc.nat({ max: 3 }),
    fixed_begin_term: fc.nat({ max: 2 }),
    end: fc.option(fc.integer({ min: -5, max: 96 }), { nil: undefined, freq: 2 }),
  })
  .map(({ end, ...term }) => (now) => ({
    type: 'DATE_TYPE_FIX_TERM',
    ...term,
    ...(end !== undefined && { end_timestamp: hourOf(now) + end * HOUR_S }),
  }))

const forEver: fc.Arbitrary<WishedValidity> = fc.constant(() => ({ type: 'DATE_TYPE_PERMANENT' }))

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 })

const aLimit = (max: number): fc.Arbitrary<number | undefined> => maybe(fc.integer({ min: 1, max }))

/** Without the members that are undefined. */
const onlyGiven = <T extends object>(members: T): T =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T

const NUMBERS: Record<Wish['numbers'], object> = {
  generated: { use_custom_code: false },
  custom: { use_custom_code: true },
  deposited: { use_custom_code: true, get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT' },
}

const NOTICE = '使用时向服务员出示此券'

export const create = fc
  .record({
    card_type: fc.constantFrom<Wish['card_type'][]>('GROUPON', 'MEMBER_CARD'),
    pieces: fc.nat({ max: 12 }),
    get_limit: aLimit(3),
    use_limit: aLimit(2),
    can_give_friend: fc.constantFrom(undefined, true, undefined, false),
    numbers: fc.constantFrom<Wish['numbers'][]>('generated', 'generated', 'custom', 'deposited'),
    validity: fc.oneof(
      { arbitrary: aRange, weight: 4 },
      { arbitrary: aTerm, weight: 4 },
      { arbitrary: forEver, weight: 1 },
    ),
  })
  .map(({ validity, pieces, ...given }) =>
    step('create', { ...given, pieces, date_info: validity(0) }, async (world) => {
      const { model, witness } = world
      // The stock of a card with deposited codes begins at none.
      const quantity = given.numbers === 'deposited' && pieces < 11 ? 0 : pieces
      const wish = onlyGiven({ ...given, quantity, date_info: validity(model.now) }) as Wish
      const { card_type, quantity: _, numbers, ...base_info } = wish
      const body = cardBody(card_type, { ...base_info, ...NUMBERS[numbers], notice: NOTICE, sku: { quantity } })
      const answer = await world.ask('create', '/card/create', body)
      assert.equal(answer.errcode, cards.refusalOfCreate(model, wish), answer.errmsg)
      if (answer.errcode !== 0) return
      const card = cards.create(model, wish, String(answer['card_id']), NOTICE)
      witness.limited(card.card_id, card.get_limit)
      await compareCard(world, card)
      // A card that nobody can receive shows little: mostly the first codes are deposited at once.
      if (numbers === 'deposited' && pieces > 2) await stockUp(world, card, pieces)
    }),
  )

async function stockUp(world: World, card: ModelCard, pieces: number) {
  const code = Array.from({ length: pieces }, (_, place) => `first-${place}`)
  await world.client.ok('/card/code/deposit', { card_id: card.card_id, code })
  cards.deposit(world.model, card, code)
  await world.client.ok('/card/modifystock', { card_id: card.card_id, increase_stock_value: pieces - 1 })
  cards.changeStock(card, pieces - 1)
}

const OTHER_TYPE = { GROUPON: 'MEMBER_CARD', MEMBER_CARD: 'GROUPON' } as const

export const update = fc
  .record({
    card: aNumber,
    wrongType: fc.nat({ max: 9 }),
    changes: fc.record({
      notice: maybe(fc.constantFrom('到店请出示', NOTICE)),
      get_limit: aLimit(4),
      can_give_friend: maybe(fc.boolean()),
    }),
    /** Hours by which the validity begins earlier and ends later. */
    wider: maybe(fc.record({ begin: fc.integer({ min: -1, max: 12 }), end: fc.integer({ min: -1, max: 48 }) })),
  })
  .map((given) =>
    step('update', given, async (world) => {
      const { model, witness } = world
      const card = picked(model.cards, given.card)
      const type = card?.card_type ?? 'GROUPON'
      const card_type = given.wrongType === 0 ? OTHER_TYPE[type] : type
      const date_info = given.wider && widened(card?.date_info, given.wider)
      const change = onlyGiven({ ...given.changes, card_type, date_info }) as cards.Change
      const expected = cards.refusalOfUpdate(card, change)
      const { card_type: _, ...base_info } = change
      const body = { card_id: cardIdOf(card), [card_type.toLowerCase()]: { base_info } }
      const { errcode, errmsg, send_check } = await world.ask('update', '/card/update', body)
      assert.equal(errcode, expected, errmsg)
      if (!card) return
      if (expected === 0) {
        assert.equal(send_check, cards.update(card, change))
        witness.limited(card.card_id, card.get_limit)
      }
      await compareCard(world, card)
    }),
  )

/** For a validity that a card without a fixed range cannot get. */
const SOME_HOUR = 400_000 * HOUR_S

function widened(before: Validity | undefined, { begin, end }: { begin: number; end: number }): Validity {
  const { begin_timestamp = SOME_HOUR, end_timestamp = SOME_HOUR } =
    before?.type === 'DATE_TYPE_FIX_TIME_RANGE' ? before : {}
  return {
    type: 'DATE_TYPE_FIX_TIME_RANGE',
    begin_timestamp: begin_timestamp - begin * HOUR_S,
    end_timestamp: end_timestamp + end * HOUR_S,
  }
}

export const modifyStock = fc
  .record({
    card: aNumber,
    increase: fc.oneof({ arbitrary: fc.nat({ max: 4 }), weight: 9 }, { arbitrary: fc.constant(99_999_995), weight: 1 }),
    reduce: fc.nat({ max: 4 }),
  })
  .map((given) =>
    step('modifystock', given, async (world) => {
      const card = picked(world.model.cards, given.card)
      const { increase: increase_stock_value, reduce: reduce_stock_value } = given
      const by = increase_stock_value - reduce_stock_value
      const expected = cards.refusalOfStock(card, by)
      const body = { card_id: cardIdOf(card), increase_stock_value, reduce_stock_value }
      const { errcode, errmsg } = await world.ask('modifystock', '/card/modifystock', body)
      assert.equal(errcode, expected, errmsg)
      if (!card) return
      if (expected === 0) cards.changeStock(card, by)
      await compareCard(world, card)
    }),
  )

/** One is too long to be a code. */
const DEPOSITS = Array.from({ length: 20 }, (_, place) => `custom-${place}`).concat('a-code-that-is-too-long')

export const deposit = fc
  .record({ card: aNumber, codes: fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 5 }) })
  .map((given) =>
    step('deposit', given, async (world) => {
      const { model } = world
      const fitting = model.cards.filter(({ numbers }) => numbers === 'deposited')
      const card = picked(given.card % 5 === 0 ? model.cards : fitting, given.card)
      const code = given.codes.map((place) => DEPOSITS[place]!)
      const expected = cards.refusalOfDeposit(card)
      const body = { card_id: cardIdOf(card), code }
      const { errcode, errmsg, ...told } = await world.ask('deposit', '/card/code/deposit', body)
      assert.equal(errcode, expected, errmsg)
      if (!card) return
      if (expected === 0) assert.deepEqual(told, cards.deposit(model, card, code))
      await compareDeposited(world, card)
    }),
  )

export const createTicket = fc
  .record({
    cards: fc.array(aNumber, { minLength: 1, maxLength: 2 }),
    code: fc.nat({ max: 19 }),
    contrary: fc.nat({ max: 11 }),
    holder: maybe(aNumber),
    is_unique_code: fc.boolean(),
    short: fc.boolean(),
  })
  .map((given) =>
    step('qrcode', given, async (world) => {
      const { model, holders } = world
      const openid = given.holder === undefined ? undefined : oneOf(holders, given.holder)
      const offers = given.cards.map((number, place) => {
        const card = picked(model.cards, number)
        const brings = (card?.numbers === 'custom') !== (given.contrary === place)
        return { card, openid, code: brings ? `custom-${given.code}` : undefined }
      })
      const single = offers.length === 1
      const is_unique_code = single && given.is_unique_code
      const expected = cards.refusalOfTicket(model, offers, is_unique_code)
      const card_list = offers.map(({ card, ...rest }) => ({ ...rest, card_id: cardIdOf(card) }))
      const seconds = given.short ? 1800 : (single ? 365 : 90) * 24 * HOUR_S
      const answer = await world.ask('qrcode', '/card/qrcode/create', {
        ...(given.short && { expire_seconds: 1800 }),
        ...(single
          ? { action_name: 'QR_CARD', action_info: { card: { ...card_list[0], is_unique_code } } }
          : { action_name: 'QR_MULTIPLE_CARD', action_info: { multiple_card: { card_list } } }),
      })
      assert.equal(answer.errcode, expected, answer.errmsg)
      if (expected !== 0) return
      assert.equal(answer['expire_seconds'], seconds)
      cards.createTicket(model, {
        ticket: String(answer['ticket']),
        until: model.now + seconds,
        is_unique_code,
        offers,
      })
    }),
  )

export const deleteCard = fc.record({ card: aNumber }).map((given) =>
  step('delete card', given, async (world) => {
    const card = picked(world.model.cards, given.card)
    const expected = cards.refusalOfDelete(card)
    const { errcode, errmsg } = await world.ask('delete card', '/card/delete', { card_id: cardIdOf(card) })
    assert.equal(errcode, expected, errmsg)
    if (!card) return
    card.deleted = true
    await Promise.all([compareCard(world, card), compareBatch(world, 'CARD_STATUS_DELETE')])
  }),
)
