import { newCardId } from '../../id.ts'
import { endpointReading } from '../../server/endpoint.ts'
import { readCard } from '../../shape/card/card.ts'

/** 创建卡券 */
export const create = endpointReading({
  path: '/card/create',
  read: readCard,
  async handle({ face, quantity }, { appid, commit }) {
    const { card_id } = await commit('createCard', {
      card_id: newCardId(appid),
      face,
      quantity,
      source: 'api',
    })
    return { card_id }
  },
})
