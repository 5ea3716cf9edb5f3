import { createCard } from './card/create.ts'
import { deleteCard } from './card/delete.ts'
import { modifyStock } from './card/modifystock.ts'
import { approveCard, refuseCard } from './card/review.ts'
import { viewCard } from './card/view.ts'
import { consumeCode } from './code/consume.ts'
import { receiveCode } from './code/receive.ts'
import { makeUnavailable } from './code/unavailable.ts'
import { changeMerchant, changeSecret, createMerchant, moveClock } from './merchant/merchant.ts'
import { issueStableToken, issueToken } from './merchant/token.ts'

/** Everything that changes something, by name: what the faces ask the ledger for. */
export const COMMANDS = {
  createMerchant,
  changeMerchant,
  changeSecret,
  moveClock,
  issueToken,
  issueStableToken,
  createCard,
  deleteCard,
  modifyStock,
  approveCard,
  refuseCard,
  viewCard,
  receiveCode,
  consumeCode,
  makeUnavailable,
}

export type Commands = typeof COMMANDS
export type CommandName = keyof Commands
export type RequestOf<Name extends CommandName> = Parameters<Commands[Name]>[0]
export type AnswerOf<Name extends CommandName> = ReturnType<Commands[Name]>['answer']
