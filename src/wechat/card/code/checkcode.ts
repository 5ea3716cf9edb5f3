import { refuse } from '../../../errors.ts'
import { endpointReading } from '../../../server/endpoint.ts'
import { readCodes } from './codes.ts'

/** 核查code: which of some codes a card has, deposited or handed out. */
export const checkcode = endpointReading({
  path: '/card/code/checkcode',
  read: readCodes,
  async handle({ card_id, codes }, { appid, store }) {
    if (!(await store.card(appid, card_id))) throw refuse('invalidCardId')
    const known = new Set(await store.knownCodes(appid, card_id, codes))
    return {
      exist_code: codes.filter((code) => known.has(code)),
      not_exist_code: codes.filter((code) => !known.has(code)),
    }
  },
})
