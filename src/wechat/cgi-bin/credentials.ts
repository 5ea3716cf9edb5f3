import { systemNow } from '../../clock.ts'
import type { AskForToken, TokenAnswer } from '../../domain/merchant/token.ts'
import { Refusal, refuse } from '../../errors.ts'
import { newNonce, secretHash, tokenOf } from '../../id.ts'
import { isAllowedAddress } from '../../server/address.ts'
import { parseBody } from '../../server/body.ts'
import type { ReadRequest, Services } from '../../server/endpoint.ts'

/** What both ways to a token share. */

export interface Credentials {
  appid: string
  secret: string
}

/** Refuses in the order in which WeChat does: the grant, the appid, the secret. */
export function credentialsOf(sent: Record<string, unknown>): Credentials {
  const { grant_type, appid, secret } = sent
  if (grant_type !== 'client_credential') throw refuse('invalidGrantType')
  if (isMissing(appid)) throw refuse('missingAppid')
  if (isMissing(secret)) throw refuse('missingSecret')
  if (typeof appid !== 'string') throw refuse('invalidAppid')
  if (typeof secret !== 'string') throw refuse('invalidSecret')
  return { appid, secret }
}

const isMissing = (value: unknown): boolean => value === undefined || value === null || value === ''

/** What a request for a token says, as its endpoint reads it. */
type ParametersOf = (request: ReadRequest, parse?: Parse) => Record<string, unknown>

export type Parse = (body: ReadRequest['body']) => unknown

/** Requests for tokens are limited by merchant and address, or by address alone if they name no merchant. */
export const limitByMerchant =
  (parametersOf: ParametersOf) =>
  (request: ReadRequest): string =>
    `${request.ip} ${appidIn(request, parametersOf)}`

/** Longer than any appid, yet short enough for a limiter to keep many. */
const APPID_LENGTH = 64

function appidIn(request: ReadRequest, parametersOf: ParametersOf): string {
  try {
    // Where the body is wrong is of no interest here, and takes long to find in a large one.
    const { appid } = parametersOf(request, (body) => JSON.parse(String(body)) as unknown)
    return typeof appid === 'string' ? appid.slice(0, APPID_LENGTH) : ''
  } catch (error) {
    if (error instanceof Refusal || error instanceof SyntaxError) return ''
    throw error
  }
}

/** The parameters in a JSON body. */
export function parametersInBody(body: ReadRequest['body'], parse: Parse = parseBody): Record<string, unknown> {
  const sent = parse(body)
  if (typeof sent !== 'object' || sent === null) throw refuse('dataFormat')
  return sent as Record<string, unknown>
}

export async function newTokenRequest(
  { appid, secret }: Credentials,
  address: string,
  { store }: Services,
): Promise<AskForToken> {
  const merchant = await store.merchant(appid)
  const nonce = newNonce()
  return {
    secret_hash: secretHash(secret),
    ...(merchant && !isAllowedAddress(address, merchant.settings.ip_allowlist) && { refused_address: address }),
    nonce,
    token_hash: secretHash(tokenOf(secret, nonce)),
    at: systemNow(),
  }
}

/** No errcode here: some clients take its mere presence for a refusal. */
export const tokenAnswer = ({ secret }: Credentials, { nonce, expires_in }: TokenAnswer): object => ({
  access_token: tokenOf(secret, nonce),
  expires_in,
})
