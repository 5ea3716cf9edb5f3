import type { CreateCard } from '../../src/domain/card/create.ts'
import type { ReceiveCode } from '../../src/domain/code/receive.ts'
import type { CommandName, RequestOf } from '../../src/domain/commands.ts'
import { DEFAULT_SETTINGS, type CreateMerchant } from '../../src/domain/merchant/merchant.ts'
import type { AskForToken } from '../../src/domain/merchant/token.ts'
import { aFace, NOW, term } from './given.ts'

/** Commands as tests ask for them. Whatever a test does not name is ordinary. */

const ask = <Name extends CommandName>(command: Name, request: RequestOf<Name>) => ({ command, request })

export const newMerchant = (change: Partial<CreateMerchant> = {}) =>
  ask('createMerchant', {
    secret_hash: 'hash of the secret',
    sandbox: false,
    clock_offset_s: 0,
    settings: DEFAULT_SETTINGS,
    ...change,
  })

export const newCard = (card_id: string, change: Partial<CreateCard> = {}) =>
  ask('createCard', { card_id, face: aFace(), quantity: 100, source: 'api', ...change })

/** A card whose codes the merchant gives their numbers. */
export const newCustomCard = (card_id: string) =>
  newCard(card_id, { face: aFace({ base_info: { use_custom_code: true } }) })

/** A card whose codes are deposited, of which there are none yet; a code is good for a month. */
export const newDepositCard = (card_id: string) =>
  newCard(card_id, {
    quantity: 0,
    face: aFace({
      base_info: {
        use_custom_code: true,
        get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT',
        get_limit: 1000,
        date_info: term(30),
      },
    }),
  })

/** Codes D0, D1 and so on, from a number on. */
export const depositSome = (card_id: string, count: number, from = 0) =>
  ask('depositCodes', { card_id, codes: Array.from({ length: count }, (_, n) => `D${from + n}`) })

/** @param fresh the number of the generated code */
export const receive = (card_id: string, openid: string, fresh: string, change: Partial<ReceiveCode> = {}) =>
  ask('receiveCode', { card_id, openid, fresh_codes: [fresh], ...change })

export const consume = (code: string, card_id?: string) =>
  ask('consumeCode', { code, ...(card_id !== undefined && { card_id }) })

export const makeUnavailable = (code: string, reason?: string) =>
  ask('makeUnavailable', { code, ...(reason !== undefined && { reason }) })

export const modifyStock = (card_id: string, increase_stock_value: number, reduce_stock_value = 0) =>
  ask('modifyStock', { card_id, increase_stock_value, reduce_stock_value })

export const view = (card_id: string, openid: string) => ask('viewCard', { card_id, openid })

export const moveClock = (by: number) => ask('moveClock', { by })

export const issueToken = (nonce: string, change: Partial<AskForToken> = {}) =>
  ask('issueToken', {
    secret_hash: 'hash of the secret',
    nonce,
    token_hash: `hash of ${nonce}`,
    at: NOW,
    ...change,
  })
