import { endpointReading } from '../../server/endpoint.ts'
import { readUpdate } from '../../shape/card/update.ts'

/** 更改卡券信息 */
export const update = endpointReading({
  path: '/card/update',
  read: readUpdate,
  handle: (body, { commit }) => commit('updateCard', body),
})
