import type { Endpoint } from '../../server/endpoint.ts'
import { COLORS } from '../../shape/card/base_info.ts'

const colors = Object.entries(COLORS).map(([name, value]) => ({ name, value }))

/** 获取颜色列表 */
export const getcolors: Endpoint = {
  path: '/card/getcolors',
  methods: ['GET', 'POST'],
  async answer({ query }, { access }) {
    await access.callerOf(query['access_token'])
    return { errcode: 0, errmsg: 'ok', colors }
  },
}
