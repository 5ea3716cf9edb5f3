import assert from 'node:assert/strict'
import fc from 'fast-check'
import * as codes from '../support/model-codes.ts'
import type { ModelCode } from '../support/model.ts'
import { aNumber } from './card-steps.ts'
import { assertSpan, compareCard, compareCode, compareList } from './compare.ts'
import { cardIdOf, oneOf, picked, step, type World } from './world.ts'

/** What happens to codes, between a holder and the merchant. */

async function compareHolder(world: World, code: ModelCode): Promise<void> {
  await Promise.all([compareCode(world, code), compareList(world, code.openid)])
}

async function receipt(world: World, kind: string, receipt: codes.Receipt, brought: object): Promise<void> {
  const { model, witness } = world
  const { card, openid } = receipt
  const expected = codes.refusalOfReceive(model, receipt)
  const number = codes.numberOf(receipt)
  const answer = await world.ask(kind, '/wallet/receive', { card_id: cardIdOf(card), openid, ...brought })
  assert.equal(answer.errcode, expected, answer.errmsg)
  if (!card || expected !== 0) return
  const received = codes.receive(model, receipt, String(answer['code']))
  witness.received(card.card_id, openid)
  if (number !== undefined) assert.equal(received.code, number)
  assertSpan(answer, model.spanOf(received))
  await Promise.all([compareCode(world, received), compareCard(world, card)])
}

export const receive = fc
  .record({
    card: aNumber,
    holder: aNumber,
    /** Mostly given where it is needed, and one of so few that cards meet and holders clash. */
    code: fc.nat({ max: 19 }),
    contrary: fc.nat({ max: 11 }),
  })
  .map((given) =>
    step('receive', given, async (world) => {
      const { model, holders } = world
      const card = picked(model.cards, given.card)
      const brings = (card?.numbers === 'custom') !== (given.contrary === 0)
      const code = brings ? `custom-${given.code}` : undefined
      await receipt(world, 'receive', { card, openid: oneOf(holders, given.holder), code }, { code })
    }),
  )

export const scan = fc
  .record({ ticket: aNumber, offer: aNumber, otherCard: fc.nat({ max: 9 }), holder: aNumber, own: fc.nat({ max: 3 }) })
  .map((given) =>
    step('scan', given, async (world) => {
      const { model, holders } = world
      const scanned = picked(model.tickets, given.ticket)
      const offer = scanned && oneOf(scanned.offers, given.offer)
      const card = given.otherCard === 0 || !offer ? picked(model.cards, given.offer) : offer.card
      // Mostly whoever a QR code is for scans it.
      const openid = (given.own === 0 ? undefined : offer?.openid) ?? oneOf(holders, given.holder)
      const ticket = scanned?.ticket ?? 'no-such-ticket'
      await receipt(world, 'scan', { card, openid, scanned: scanned ?? null }, { ticket })
    }),
  )

export const aCodeNamed = fc.record({
  code: aNumber,
  /** Is the card named too: the right one, none, another one? */
  card: fc.constantFrom('right', 'right', 'right', 'right', 'none', 'none', 'other'),
})

/** What a request names, and which code that is. */
export function named({ model }: World, { code: number, card }: { code: number; card: string }) {
  const meant = picked(model.codes, number)
  const code = meant?.code ?? '000000000000'
  const card_id =
    card === 'none' ? undefined : card === 'right' ? cardIdOf(meant?.card) : cardIdOf(picked(model.cards, number))
  return { asked: { code, card_id }, found: model.find(code, card_id), meant }
}

export const consume = aCodeNamed.map((given) =>
  step('consume', given, async (world) => {
    const { model, witness } = world
    const { asked, found, meant } = named(world, given)
    const expected = codes.refusalOfConsume(model, found)
    const { errcode, errmsg, ...more } = await world.ask('consume', '/card/code/consume', asked)
    assert.equal(errcode, expected, errmsg)
    if (errcode === 0) witness.consumed((more['card'] as { card_id: string }).card_id, asked.code)
    if (found && expected === 0) {
      assert.deepEqual(more, { card: { card_id: found.card.card_id }, openid: found.openid })
      codes.become(found, 'CONSUMED')
    }
    if (found && expected === 40099) assert.deepEqual(more, { _card: found.card.card_id, _code: found.code })
    if (meant) await compareHolder(world, meant)
  }),
)

export const makeUnavailable = aCodeNamed.map((given) =>
  step('unavailable', given, async (world) => {
    const { asked, found, meant } = named(world, given)
    const expected = codes.refusalOfUnavailable(found)
    const { errcode, errmsg } = await world.ask('unavailable', '/card/code/unavailable', asked)
    assert.equal(errcode, expected, errmsg)
    if (found && expected === 0) codes.become(found, 'UNAVAILABLE')
    if (meant) await compareHolder(world, meant)
  }),
)

export const renumber = fc.record({ named: aCodeNamed, new_code: fc.nat({ max: 29 }) }).map((given) =>
  step('update code', given, async (world) => {
    const { model } = world
    const { asked, found, meant } = named(world, given.named)
    const new_code = `custom-${given.new_code}`
    const expected = codes.refusalOfRenumber(model, found, new_code)
    const { errcode, errmsg } = await world.ask('update code', '/card/code/update', { ...asked, new_code })
    assert.equal(errcode, expected, errmsg)
    if (found && expected === 0) {
      found.code = new_code
      const former = { code: asked.code, card_id: found.card.card_id, check_consume: false }
      assert.equal((await world.client.post('/card/code/get', former)).errcode, 40056, 'nobody has the former number')
    }
    if (meant) await compareHolder(world, meant)
  }),
)

/** Mostly whoever has the code. */
export const aHolder = fc.record({ holder: aNumber, own: fc.nat({ max: 5 }) })

export const holderOf = ({ holders }: World, code: ModelCode | undefined, { holder, own }: HolderGiven): string =>
  (own === 0 ? undefined : code?.openid) ?? oneOf(holders, holder)

interface HolderGiven {
  holder: number
  own: number
}

export const throwAway = fc.record({ named: aCodeNamed, by: aHolder }).map((given) =>
  step('throw away', given, async (world) => {
    const { model } = world
    const { asked, found, meant } = named(world, given.named)
    const openid = holderOf(world, meant, given.by)
    const expected = codes.refusalOfThrowAway(model, found, openid)
    const { errcode, errmsg } = await world.ask('throw away', '/wallet/delete', { ...asked, openid })
    assert.equal(errcode, expected, errmsg)
    if (found && expected === 0) codes.throwAway(model, found)
    if (meant) await compareHolder(world, meant)
  }),
)

export const restore = fc.record({ code: aNumber, card: aNumber, by: aHolder }).map((given) =>
  step('restore', given, async (world) => {
    const { model } = world
    const thrown = picked(model.deleted, given.code)
    const card = thrown?.card ?? picked(model.cards, given.card)
    const openid = holderOf(world, thrown, given.by)
    const expected = codes.refusalOfRestore(model, card, openid)
    const body = { card_id: cardIdOf(card), openid }
    const { errcode, errmsg, code } = await world.ask('restore', '/wallet/restore', body)
    assert.equal(errcode, expected, errmsg)
    if (expected !== 0) return
    const back = codes.latestDeleted(model, card, openid)!
    assert.equal(code, back.code)
    codes.restore(model, back)
    await compareHolder(world, back)
  }),
)
