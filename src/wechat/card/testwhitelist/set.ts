import { endpoint } from '../../../server/endpoint.ts'
import { list, object, openid, optional, text } from '../../../shape/field.ts'

/** 设置测试白名单 */
export const setTestWhiteList = endpoint({
  path: '/card/testwhitelist/set',
  body: object({ openid: optional(list(openid, 100)), username: optional(list(text(64), 100)) }),
  async handle({ openid: given = [], username = [] }, { commit }) {
    const { openids, usernames } = await commit('setWhiteList', { openids: given, usernames: username })
    return {
      white_list_size: openids.length + usernames.length,
      success_openid: openids,
      success_username: usernames,
    }
  },
})
