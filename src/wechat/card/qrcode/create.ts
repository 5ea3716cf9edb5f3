import { newTicket } from '../../../id.ts'
import { endpointReading } from '../../../server/endpoint.ts'
import { readQrCode } from '../../../shape/qrcode.ts'

/** 创建二维码 */
export const createQrCode = endpointReading({
  path: '/card/qrcode/create',
  read: readQrCode,
  async handle(body, { appid, commit, link }) {
    const { ticket } = await commit('createTicket', { ...body, ticket: newTicket(appid) })
    return {
      ticket,
      expire_seconds: body.expire_seconds,
      url: link('/wallet/open', { ticket }),
      show_qrcode_url: link('/cgi-bin/showqrcode', { ticket }),
    }
  },
})
