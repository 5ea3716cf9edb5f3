import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { HOUR_S } from '../support/model.ts'
import { seedOf } from '../support/random.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { assertClean } from '../support/verify.ts'
import { aNumber, create, createTicket, deleteCard, deposit, modifyStock, update } from './card-steps.ts'
import { consume, makeUnavailable, receive, renumber, restore, scan, throwAway } from './code-steps.ts'
import { compareCode, compareEverything, compareList } from './compare.ts'
import { accept, forget, give, takeBack } from './gift-steps.ts'
import { moveClock, oneOf, picked, Place, step, type Step } from './world.ts'

/**
 * Merchants, holders, friends, tills and time do whatever they like, in any order, and after every step the server and
 * the model agree. A failure prints its seed, and the shortest sequence of steps that shows it; SEED=… has it again.
 */

const server = await startServer()
const place = await Place.of(server, await makeMerchant(server, '--sandbox'))
after(() => server.stop())

const RUNS = 60
const MOST_STEPS = 200
/** How long, at most, a shorter sequence is looked for that fails too. */
const MOST_MS = 180_000

const passTime = fc.record({ hours: fc.integer({ min: 1, max: 26 }) }).map(({ hours }) =>
  step('clock', { hours }, async (world) => {
    await moveClock(world, hours)
    place.count('clock', 0)
    const given = world.model.codes.filter(({ gift }) => gift)
    await Promise.all(given.map((code) => compareCode(world, code)))
    const back = await world.client.post('/sandbox/clock', { now: world.model.now - HOUR_S })
    assert.equal(back.errcode, 40079, 'and never back')
    place.count('clock', 40079)
  }),
)

const look = fc.record({ code: aNumber, holder: aNumber, card: aNumber }).map((given) =>
  step('look', given, async (world) => {
    const { model, holders } = world
    const code = picked(model.codes, given.code)
    if (code) await compareCode(world, code)
    await compareList(world, oneOf(holders, given.holder), picked(model.cards, given.card))
  }),
)

const repeat = fc.record({ request: aNumber, other: fc.nat({ max: 9 }) }).map((given) =>
  step('repeat', given, async (world) => {
    const { sent, again } = world
    if (sent.length === 0) return
    const former = oneOf(sent, given.request)
    if (given.other === 0) {
      const { errcode } = JSON.parse(await again(former, { ...former.body, more: 1 })) as { errcode: number }
      assert.equal(errcode, 40097, 'a key stands for one request')
    } else {
      assert.equal(await again(former), former.text, 'byte for byte')
    }
    place.count('repeat', given.other === 0 ? 40097 : 0)
  }),
)

const MIXTURE: [weight: number, kind: fc.Arbitrary<Step>][] = [
  [3, create],
  [2, update],
  [2, modifyStock],
  [2, deposit],
  [2, createTicket],
  [1, deleteCard],
  [8, receive],
  [3, scan],
  [4, consume],
  [1, makeUnavailable],
  [2, renumber],
  [2, throwAway],
  [1, restore],
  [4, give],
  [4, accept],
  [1, takeBack],
  [1, forget],
  [1, passTime],
  [1, look],
  [2, repeat],
]

const someSteps = fc.commands(
  MIXTURE.flatMap(([weight, kind]) => Array<fc.Arbitrary<Step>>(weight).fill(kind)),
  { maxCommands: MOST_STEPS, size: 'max' },
)

/** A shop that has something to offer. */
const firstCards = fc.array(create, { minLength: 3, maxLength: 3 })

const STATES = ['NORMAL', 'CONSUMED', 'EXPIRE', 'GIFTING', 'GIFT_TIMEOUT', 'DELETE', 'UNAVAILABLE']

test('whatever is done in whatever order, every answer and every state is as the model says', async (t) => {
  const property = fc.asyncProperty(firstCards, someSteps, async (first, sequence) => {
    const world = await place.newWorld()
    for (const step of first) await step.run(world, null)
    await fc.asyncModelRun(() => ({ model: world, real: null }), sequence)
    await compareEverything(world)
    await world.witness.check(world.holders)
  })
  await fc.assert(property, { seed: seedOf(t), numRuns: RUNS, interruptAfterTimeLimit: MOST_MS })
  const { counts, states, worlds } = place
  t.diagnostic(`codes were seen ${JSON.stringify(states)}`)
  let steps = 0
  for (const [kind, { 0: accepted = 0, ...refusals }] of Object.entries(counts)) {
    const refused = Object.values(refusals).reduce((sum, count) => sum + count, 0)
    t.diagnostic(`${kind}: ${accepted} accepted, refused ${JSON.stringify(refusals)}`)
    assert.ok(accepted >= 5 && refused >= 5, `${kind}: ${accepted} accepted, ${refused} refused`)
    steps += accepted + refused
  }
  t.diagnostic(`${steps} steps in ${worlds} sequences`)
  assert.ok(steps > 3000, `only ${steps} steps`)
  assert.equal(Object.keys(counts).length, MIXTURE.length - 2, 'every kind of step that asks for something')
  assert.deepEqual(Object.keys(states).toSorted(), STATES.toSorted(), 'codes in every state')
})

test('after all that, the facts and the tables agree', () => assertClean(server))
