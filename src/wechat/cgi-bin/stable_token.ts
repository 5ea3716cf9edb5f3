import type { Endpoint, ReadRequest } from '../../server/endpoint.ts'
import { bool, object, optional } from '../../shape/field.ts'
import { reader } from '../../shape/read.ts'
import { onceOf } from '../../server/once.ts'
import {
  credentialsOf,
  limitByMerchant,
  newTokenRequest,
  parametersInBody,
  tokenAnswer,
  type Parse,
} from './credentials.ts'

const readForce = reader(object({ force_refresh: optional(bool()) }))

const parametersOf = ({ body }: ReadRequest, parse?: Parse): Record<string, unknown> => parametersInBody(body, parse)

/** 获取稳定版access_token: everyone who asks gets the same token, until it nears its end or someone forces a new one. */
export const stable_token: Endpoint = {
  path: '/cgi-bin/stable_token',
  methods: ['POST'],
  limitBy: limitByMerchant(parametersOf),
  async answer(request, services) {
    const parameters = parametersOf(request)
    const { force_refresh = false } = readForce(parameters)
    const credentials = credentialsOf(parameters)
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
