import { refuse } from '../../errors.ts'
import { endpoint } from '../../server/endpoint.ts'
import { showCard } from '../../shape/card/show.ts'
import { card_id, object } from '../../shape/field.ts'

/** 查看卡券详情 */
export const get = endpoint({
  path: '/card/get',
  body: object({ card_id }),
  async handle({ card_id: wanted }, { appid, store }) {
    const card = await store.card(appid, wanted)
    if (!card) throw refuse('invalidCardId')
    return { card: showCard(card.face, { appid, ...card }) }
  },
})
