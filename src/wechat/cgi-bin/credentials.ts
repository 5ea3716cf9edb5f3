import { systemNow } from '../../clock.ts'
import type { AskForToken, TokenAnswer } from '../../domain/merchant/token.ts'
import { refuse } from '../../errors.ts'
import { newNonce, secretHash, tokenOf } from '../../id.ts'
import { isAllowedAddress } from '../../server/address.ts'
import type { ReadRequest, Services } from '../../server/endpoint.ts'

/** What both ways to a token have in common. */

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

/** Requests for tokens are counted by merchant and address. */
export function limitByMerchant({ ip, query, body }: ReadRequest): string {
  const { appid = typeof body === 'string' ? APPID.exec(body)?.[1] : '' } = query
  return `${ip} ${String(appid)}`
}

const APPID = /\bappid"?\s*[:=]\s*"?([\w-]{1,64})/

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
