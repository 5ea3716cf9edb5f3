import type { Endpoint, ReadRequest } from '../../server/endpoint.ts'
import { onceOf } from '../../server/once.ts'
import {
  credentialsOf,
  limitByMerchant,
  newTokenRequest,
  parametersInBody,
  tokenAnswer,
  type Parse,
} from './credentials.ts'

/** 获取access_token: what a GET carries in its query a POST may carry in its query or its body. */
export const token: Endpoint = {
  path: '/cgi-bin/token',
  methods: ['GET', 'POST'],
  limitBy: limitByMerchant(parametersOf),
  async answer(request, services) {
    const credentials = credentialsOf(parametersOf(request))
    const asked = await newTokenRequest(credentials, request.ip, services)
    const issued = await services.ledger.commit(credentials.appid, 'issueToken', asked, onceOf(request))
    services.access.forget()
    return tokenAnswer(credentials, issued)
  },
}

function parametersOf({ query, body }: ReadRequest, parse?: Parse): Record<string, unknown> {
  if (body === undefined || body === '') return query
  const form = typeof body === 'string' && !body.trimStart().startsWith('{')
  const sent = form ? Object.fromEntries(new URLSearchParams(body)) : parametersInBody(body, parse)
  return { ...sent, ...query }
}
