import { refuse } from '../../../errors.ts'
import { endpoint } from '../../../server/endpoint.ts'
import { card_id, object } from '../../../shape/field.ts'

/** 查询导入code数目: how many codes were ever deposited for a card, including those handed out. */
export const getdepositcount = endpoint({
  path: '/card/code/getdepositcount',
  body: object({ card_id }),
  async handle({ card_id: wanted }, { appid, store }) {
    const card = await store.card(appid, wanted)
    if (!card) throw refuse('invalidCardId')
    return { count: card.deposited }
  },
})
