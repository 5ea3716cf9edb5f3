import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { getCard } from '../support/acts.ts'
import { cardBody } from '../support/cards.ts'
import { connect, type Client } from '../support/client.ts'
import { HOUR_S, Model, type ModelCard, type ModelCode, type Validity, type Wish } from '../support/model.ts'
import { seedOf } from '../support/random.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { assertClean } from '../support/verify.ts'

/**
 * Merchants, holders, tills and time do whatever they like, in any order, and after every step the server and the model
 * agree. A failure prints its seed, and the shortest sequence of steps that shows it; SEED=… has it again.
 */

const server = await startServer()
const client = await connect(server.url, await makeMerchant(server, '--sandbox'))
after(() => server.stop())

const RUNS = 50
const MOST_STEPS = 130
/** So long, at most, a shorter sequence is looked for that fails too. */
const MOST_MS = 40_000

/** One sequence of steps. The merchant is the same in all; cards and holders are new in each. */
interface World {
  model: Model
  holders: readonly string[]
  /** How many cards in each state former sequences have left. */
  before: { CARD_STATUS_VERIFY_OK: number; CARD_STATUS_DELETE: number }
}

type Step = fc.AsyncCommand<World, Client>

let steps = 0

/** A step, and how a failure tells it. */
function step(name: string, given: object, run: (world: World, client: Client) => Promise<void>): Step {
  return {
    check: () => true,
    async run(world, client) {
      steps++
      await run(world, client)
    },
    toString: () => `${name}(${JSON.stringify(given)})`,
  }
}

let worlds = 0

async function newWorld(): Promise<{ model: World; real: Client }> {
  const { now } = await client.ok('/sandbox/clock', { advance: 0 })
  const model = new Model(Number(now))
  await moveClock(model, 1)
  const holders = Array.from({ length: 3 }, (_, place) => `holder-${worlds}-${place}`)
  worlds++
  const before = {
    CARD_STATUS_VERIFY_OK: (await cardsIn('CARD_STATUS_VERIFY_OK', 0)).total_num,
    CARD_STATUS_DELETE: (await cardsIn('CARD_STATUS_DELETE', 0)).total_num,
  }
  return { model: { model, holders, before }, real: client }
}

async function cardsIn(status: string, offset: number) {
  const answer = await client.ok('/card/batchget', { offset, count: 50, status_list: [status] })
  return answer as unknown as { card_id_list: string[]; total_num: number }
}

const hourOf = (at: number): number => Math.floor(at / HOUR_S) * HOUR_S

/** To half past of a later hour, so that seconds that pass by themselves change nothing. */
async function moveClock(model: Model, hours: number): Promise<void> {
  const to = hourOf(model.now) + hours * HOUR_S + HOUR_S / 2
  const { now } = await client.ok('/sandbox/clock', { now: to })
  assert.equal(now, to)
  model.now = to
}

// What is compared.

async function compareCard(card: ModelCard): Promise<void> {
  const { base_info } = await getCard(client, card.card_id)
  assert.deepEqual(
    { status: base_info.status, sku: base_info.sku },
    {
      status: card.deleted ? 'CARD_STATUS_DELETE' : 'CARD_STATUS_VERIFY_OK',
      sku: { quantity: card.quantity, total_quantity: card.total_quantity },
    },
  )
}

async function compareCode(model: Model, code: ModelCode): Promise<void> {
  const { card_id } = code.card
  const asked = { code: code.code, card_id }
  const [found, checked] = await Promise.all([
    client.ok('/card/code/get', { ...asked, check_consume: false }),
    client.post('/card/code/get', asked),
  ])
  const { begin_time, end_time, ...card } = found['card'] as Record<string, number | string>
  assert.deepEqual(card, { card_id, code: code.code })
  assertMoment(begin_time, code.begin_time, code)
  assert.equal(end_time, code.end_time === Infinity ? 0 : code.end_time)
  const state = model.stateOf(code)
  assert.deepEqual(
    [found['openid'], found['user_card_status'], found['can_consume']],
    [code.openid, state, model.canConsume(code)],
  )
  if (state === 'NORMAL') assert.deepEqual(checked, found)
  else assert.equal(checked.errcode, 40127)
}

/** What begins with the receipt itself does so in a second that the model does not know. */
function assertMoment(found: unknown, expected: number, { card }: ModelCode): void {
  if (card.date_info.type !== 'DATE_TYPE_PERMANENT') assert.equal(found, expected)
  else assert.equal(hourOf(Number(found)), hourOf(expected))
}

async function compareList({ model }: World, openid: string, card?: ModelCard): Promise<void> {
  const { card_list } = await client.ok('/card/user/getcardlist', { openid, card_id: card?.card_id })
  const expected = model.listOf(openid, card).map(({ code, card }) => ({ code, card_id: card.card_id }))
  assert.deepEqual(inOrder(card_list as Listed[]), inOrder(expected))
}

interface Listed {
  code: string
  card_id: string
}

const inOrder = (listed: readonly Listed[]): Listed[] =>
  listed.toSorted((a, b) => (`${a.card_id} ${a.code}` < `${b.card_id} ${b.code}` ? -1 : 1))

async function compareBatch({ model, before }: World, status: keyof World['before']): Promise<void> {
  const expected = model.cards.filter(({ deleted }) => deleted === (status === 'CARD_STATUS_DELETE'))
  const { card_id_list, total_num } = await cardsIn(status, before[status])
  assert.equal(total_num, before[status] + expected.length)
  assert.deepEqual(
    card_id_list,
    expected.slice(0, 50).map(({ card_id }) => card_id),
  )
}

async function compareEverything(world: World): Promise<void> {
  const { model, holders } = world
  await Promise.all([
    ...model.cards.map(compareCard),
    ...model.codes.map((code) => compareCode(model, code)),
    ...holders.map((openid) => compareList(world, openid)),
    compareBatch(world, 'CARD_STATUS_VERIFY_OK'),
    compareBatch(world, 'CARD_STATUS_DELETE'),
  ])
}

// The steps. Cards, holders and codes are picked by number, from those that there are when the step is taken.

const aNumber = fc.nat({ max: 999 })

const LATEST = 5

/** One of the latest few, so that steps meet; now and then one that does not exist. */
const picked = <Item>(items: readonly Item[], number: number): Item | undefined =>
  number % 25 === 24 ? undefined : items.at(-1 - (number % Math.min(items.length, LATEST)))

const cardIdOf = (card: ModelCard | undefined): string => card?.card_id ?? 'p_no_such_card'

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

const aLimit = (max: number): fc.Arbitrary<number | undefined> =>
  fc.option(fc.integer({ min: 1, max }), { nil: undefined, freq: 2 })

const create = fc
  .record({
    card_type: fc.constantFrom<Wish['card_type'][]>('GROUPON', 'MEMBER_CARD'),
    quantity: fc.nat({ max: 12 }),
    get_limit: aLimit(3),
    use_limit: aLimit(2),
    use_custom_code: fc.boolean(),
    validity: fc.oneof(
      { arbitrary: aRange, weight: 4 },
      { arbitrary: aTerm, weight: 4 },
      { arbitrary: forEver, weight: 1 },
    ),
  })
  .map(({ validity, get_limit, use_limit, ...rest }) =>
    step('create', { ...rest, get_limit, use_limit, date_info: validity(0) }, async (world, client) => {
      const { model } = world
      const limits = { ...(get_limit !== undefined && { get_limit }), ...(use_limit !== undefined && { use_limit }) }
      const wish: Wish = { ...rest, ...limits, date_info: validity(model.now) }
      const { card_type, quantity, ...base_info } = wish
      const answer = await client.post('/card/create', cardBody(card_type, { ...base_info, sku: { quantity } }))
      assert.equal(answer.errcode, model.refusalOfCreate(wish), answer.errmsg)
      if (answer.errcode === 0) await compareCard(model.create(wish, String(answer['card_id'])))
    }),
  )

const receive = fc
  .record({
    card: aNumber,
    holder: aNumber,
    /** Mostly given where it is needed, and one of so few that cards meet and holders clash. */
    code: fc.nat({ max: 19 }),
    contrary: fc.nat({ max: 11 }),
  })
  .map((given) =>
    step('receive', given, async ({ model, holders }, client) => {
      const card = picked(model.cards, given.card)
      const openid = holders[given.holder % holders.length]!
      const brings = (card?.use_custom_code ?? false) !== (given.contrary === 0)
      const code = brings ? `custom-${given.code}` : undefined
      const expected = model.refusalOfReceive(card, openid, code)
      const answer = await client.post('/wallet/receive', { card_id: cardIdOf(card), openid, code })
      assert.equal(answer.errcode, expected, answer.errmsg)
      if (!card || expected !== 0) return
      const received = model.receive(card, openid, String(answer['code']))
      if (code !== undefined) assert.equal(received.code, code)
      const { begin_time, end_time } = answer as unknown as ModelCode
      assertMoment(begin_time, received.begin_time, received)
      assert.equal(end_time, received.end_time === Infinity ? 0 : received.end_time)
      await Promise.all([compareCode(model, received), compareCard(card)])
    }),
  )

const aCodeNamed = fc.record({
  code: aNumber,
  /** Is the card named too: the right one, none, another one? */
  card: fc.constantFrom('right', 'right', 'right', 'none', 'none', 'other'),
})

/** What a request names, and which code that is. */
function named({ model }: World, { code: number, card }: { code: number; card: string }) {
  const meant = picked(model.codes, number)
  const code = meant?.code ?? '000000000000'
  const card_id =
    card === 'none' ? undefined : card === 'right' ? cardIdOf(meant?.card) : cardIdOf(picked(model.cards, number))
  return { asked: { code, card_id }, found: model.find(code, card_id), meant }
}

const consume = aCodeNamed.map((given) =>
  step('consume', given, async (world, client) => {
    const { model } = world
    const { asked, found, meant } = named(world, given)
    const expected = model.refusalOfConsume(found)
    const { errcode, errmsg, ...more } = await client.post('/card/code/consume', asked)
    assert.equal(errcode, expected, errmsg)
    if (found && expected === 0) {
      assert.deepEqual(more, { card: { card_id: found.card.card_id }, openid: found.openid })
      found.state = 'CONSUMED'
    }
    if (found && expected === 40099) assert.deepEqual(more, { _card: found.card.card_id, _code: found.code })
    if (meant) await Promise.all([compareCode(model, meant), compareList(world, meant.openid)])
  }),
)

const makeUnavailable = aCodeNamed.map((given) =>
  step('unavailable', given, async (world, client) => {
    const { model } = world
    const { asked, found, meant } = named(world, given)
    const expected = model.refusalOfUnavailable(found)
    const { errcode, errmsg } = await client.post('/card/code/unavailable', asked)
    assert.equal(errcode, expected, errmsg)
    if (found && expected === 0) found.state = 'UNAVAILABLE'
    if (meant) await Promise.all([compareCode(model, meant), compareList(world, meant.openid)])
  }),
)

const modifyStock = fc
  .record({
    card: aNumber,
    increase: fc.oneof({ arbitrary: fc.nat({ max: 4 }), weight: 9 }, { arbitrary: fc.constant(99_999_995), weight: 1 }),
    reduce: fc.nat({ max: 4 }),
  })
  .map((given) =>
    step('modifystock', given, async ({ model }, client) => {
      const card = picked(model.cards, given.card)
      const { increase: increase_stock_value, reduce: reduce_stock_value } = given
      const by = increase_stock_value - reduce_stock_value
      const expected = model.refusalOfStock(card, by)
      const body = { card_id: cardIdOf(card), increase_stock_value, reduce_stock_value }
      const { errcode, errmsg } = await client.post('/card/modifystock', body)
      assert.equal(errcode, expected, errmsg)
      if (!card) return
      if (expected === 0) model.changeStock(card, by)
      await compareCard(card)
    }),
  )

const deleteCard = fc.record({ card: aNumber }).map((given) =>
  step('delete', given, async (world, client) => {
    const card = picked(world.model.cards, given.card)
    const expected = world.model.refusalOfDelete(card)
    const { errcode, errmsg } = await client.post('/card/delete', { card_id: cardIdOf(card) })
    assert.equal(errcode, expected, errmsg)
    if (!card) return
    card.deleted = true
    await Promise.all([compareCard(card), compareBatch(world, 'CARD_STATUS_DELETE')])
  }),
)

const passTime = fc.record({ hours: fc.integer({ min: 1, max: 24 }) }).map((given) =>
  step('clock', given, async ({ model }, client) => {
    await moveClock(model, given.hours)
    const back = await client.post('/sandbox/clock', { now: model.now - HOUR_S })
    assert.equal(back.errcode, 40079, 'and never back')
  }),
)

const look = fc.record({ code: aNumber, holder: aNumber, card: aNumber }).map((given) =>
  step('look', given, async (world) => {
    const { model, holders } = world
    const code = picked(model.codes, given.code)
    const card = picked(model.cards, given.card)
    if (code) await compareCode(model, code)
    await compareList(world, holders[given.holder % holders.length]!, card)
  }),
)

const times = (count: number, arbitrary: fc.Arbitrary<Step>): fc.Arbitrary<Step>[] => Array(count).fill(arbitrary)

const someSteps = fc.commands(
  [
    ...times(2, create),
    ...times(8, receive),
    ...times(4, consume),
    makeUnavailable,
    ...times(2, modifyStock),
    deleteCard,
    passTime,
    look,
  ],
  { maxCommands: MOST_STEPS, size: 'max' },
)

test('whatever is done in whatever order, every answer and every state is as the model says', async (t) => {
  const property = fc.asyncProperty(someSteps, async (sequence) => {
    const world = await newWorld()
    await fc.asyncModelRun(() => world, sequence)
    await compareEverything(world.model)
  })
  await fc.assert(property, { seed: seedOf(t), numRuns: RUNS, interruptAfterTimeLimit: MOST_MS })
  t.diagnostic(`${steps} steps in ${worlds} sequences`)
  assert.ok(steps > 2000, `only ${steps} steps`)
})

test('after all that, the facts and the tables agree', () => assertClean(server))
