import { parseBody } from '../../server/body.ts'
import type { Endpoint } from '../../server/endpoint.ts'
import { bool, object, optional } from '../../shape/field.ts'
import { reader } from '../../shape/read.ts'
import { onceOf } from '../../server/once.ts'
import { credentialsOf, limitByMerchant, newTokenRequest, tokenAnswer } from './credentials.ts'

const readForce = reader(object({ force_refresh: optional(bool()) }))

/** 获取稳定版access_token: everyone who asks gets the same token, until it nears its end or someone forces a new one. */
export const stable_token: Endpoint = {
  path: '/cgi-bin/stable_token',
  methods: ['POST'],
  limitBy: limitByMerchant,
  async answer(request, services) {
    const body = parseBody(request.body)
    const { force_refresh = false } = readForce(body)
    const credentials = credentialsOf(body as Record<string, unknown>)
    const asked = await newTokenRequest(credentials, request.ip, services)
    const issued = await services.ledger.commit(
      credentials.appid,
      'issueStableToken',
      { ...asked, force_refresh },
      onceOf(request),
    )
    services.access.forget()
    return tokenAnswer(credentials, issued)
  },
}
