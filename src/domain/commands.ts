import { repeatAnswer } from './answer.ts'
import { createCard } from './card/create.ts'
import { deleteCard } from './card/delete.ts'
import { depositCodes } from './card/deposit.ts'
import { modifyStock } from './card/modifystock.ts'
import { setPayCell } from './card/paycell.ts'
import { approveCard, refuseCard } from './card/review.ts'
import { setSelfConsumeCell } from './card/selfconsumecell.ts'
import { updateCard } from './card/update.ts'
import { viewCard } from './card/view.ts'
import { consumeCode } from './code/consume.ts'
import { deleteCode } from './code/delete.ts'
import { expireCodes } from './code/expire.ts'
import { receiveCode } from './code/receive.ts'
import { restoreCode } from './code/restore.ts'
import { makeUnavailable } from './code/unavailable.ts'
import { updateCode } from './code/update.ts'
import { acceptGift } from './gift/accept.ts'
import { giveCode } from './gift/give.ts'
import { returnGift } from './gift/return.ts'
import { openSession, useSession } from './holder/session.ts'
import { activateMember } from './member/activate.ts'
import { changeMerchant, changeSecret, createMerchant, moveClock } from './merchant/merchant.ts'
import { issueStableToken, issueToken } from './merchant/token.ts'
import { setWhiteList } from './merchant/whitelist.ts'
import { createTicket } from './ticket/create.ts'

/** Everything that changes something, by name: what the entry points ask the ledger for. */
export const COMMANDS = {
  repeatAnswer,
  createMerchant,
  changeMerchant,
  changeSecret,
  moveClock,
  issueToken,
  issueStableToken,
  setWhiteList,
  createCard,
  updateCard,
  setPayCell,
  setSelfConsumeCell,
  deleteCard,
  modifyStock,
  approveCard,
  refuseCard,
  viewCard,
  depositCodes,
  createTicket,
  receiveCode,
  consumeCode,
  makeUnavailable,
  updateCode,
  expireCodes,
  deleteCode,
  restoreCode,
  giveCode,
  acceptGift,
  returnGift,
  activateMember,
  openSession,
  useSession,
}

export type Commands = typeof COMMANDS
export type CommandName = keyof Commands
export type RequestOf<Name extends CommandName> = Parameters<Commands[Name]>[0]
export type AnswerOf<Name extends CommandName> = ReturnType<Commands[Name]>['answer']
