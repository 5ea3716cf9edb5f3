import assert from 'node:assert/strict'
import fc from 'fast-check'
import * as gifts from '../support/model-gifts.ts'
import type { Model, ModelCode } from '../support/model.ts'
import { aNumber } from './card-steps.ts'
import { aCodeNamed, aHolder, holderOf, named } from './code-steps.ts'
import { assertSpan, compareCode, compareList } from './compare.ts'
import { moveClock, oneOf, picked, step, type World } from './world.ts'

/** 转赠: codes between one holder and another. */

export const give = fc.record({ named: aCodeNamed, by: aHolder }).map((given) =>
  step('give', given, async (world) => {
    const { model } = world
    const { asked, found, meant } = named(world, given.named)
    const openid = holderOf(world, meant, given.by)
    const expected = gifts.refusalOfGive(model, found, openid)
    const answer = await world.ask('give', '/wallet/gift', { ...asked, openid })
    assert.equal(answer.errcode, expected, answer.errmsg)
    if (found && expected === 0) {
      const gift_ticket = String(answer['gift_ticket'])
      const late = Number(answer['expire_time']) - gifts.lastSecondOfGift(model, found)
      assert.ok(late >= 0 && late < 60, `the gift is over ${late} s late`)
      gifts.give(model, found, gift_ticket)
      world.gifts.push(gift_ticket)
    }
    if (meant) await Promise.all([compareCode(world, meant), compareList(world, meant.openid)])
  }),
)

/** A ticket, mostly of a gift that is on its way, and the code that it leads to, if it still does. */
function gift(world: World, number: number): { gift_ticket: string; code: ModelCode | undefined } {
  const { model, gifts: asked } = world
  const open = asked.filter((ticket) => isOnItsWay(model, gifts.codeOfGift(model, ticket)))
  const gift_ticket = picked(number % 4 === 0 ? asked : open, number) ?? 'no-such-gift'
  return { gift_ticket, code: gifts.codeOfGift(world.model, gift_ticket) }
}

const isOnItsWay = (model: Model, code: ModelCode | undefined): boolean =>
  code !== undefined && model.stateOf(code) === 'GIFTING'

export const accept = fc.record({ gift: aNumber, friend: aNumber }).map((given) =>
  step('accept', given, async (world) => {
    const { model, holders } = world
    const { gift_ticket, code } = gift(world, given.gift)
    const openid = oneOf(holders, given.friend)
    const expected = gifts.refusalOfAccept(model, code, openid)
    const answer = await world.ask('accept', '/wallet/gift/accept', { gift_ticket, openid })
    assert.equal(answer.errcode, expected, answer.errmsg)
    if (!code) return
    if (expected === 0) await taken(world, code, openid, answer)
    await compareCode(world, code)
  }),
)

async function taken(world: World, code: ModelCode, openid: string, answer: Record<string, unknown>): Promise<void> {
  const { card, code: former, openid: giver } = code
  const number = String(answer['code'])
  assert.equal(answer['card_id'], card.card_id)
  assert.equal(number === former, card.numbers !== 'generated', `${former} became ${number}`)
  assertSpan(answer, world.model.spanOf(code))
  gifts.accept(code, openid, number)
  if (number !== former) {
    const { errcode } = await world.client.post('/card/code/get', { code: former, check_consume: false })
    assert.equal(errcode, 40056, 'the giver’s number is good for nothing')
  }
  await Promise.all([compareList(world, giver), compareList(world, openid)])
}

export const takeBack = fc.record({ gift: aNumber, by: aHolder }).map((given) =>
  step('take back', given, async (world) => {
    const { gift_ticket, code } = gift(world, given.gift)
    const openid = holderOf(world, code, given.by)
    const expected = gifts.refusalOfReturn(world.model, code, openid)
    const answer = await world.ask('take back', '/wallet/gift/return', { gift_ticket, openid })
    assert.equal(answer.errcode, expected, answer.errmsg)
    if (!code) return
    if (expected === 0) gifts.takeBack(code)
    await compareCode(world, code)
  }),
)

/** More than a day goes by in which nobody takes a gift. */
export const forget = fc.record({ gift: aNumber }).map((given) =>
  step('forget', given, async (world) => {
    const { code } = gift(world, given.gift)
    if (!code) return
    await moveClock(world, 25)
    await compareCode(world, code)
  }),
)
