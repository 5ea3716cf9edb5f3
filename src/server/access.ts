import { systemNow } from '../clock.ts'
import type { MerchantRow, TokenRow } from '../domain/rows.ts'
import { checkToken } from '../domain/merchant/token.ts'
import { refuse } from '../errors.ts'
import { secretHash } from '../id.ts'
import type { Questions } from '../store/store.ts'

/** Who a request comes from, by its access_token. */
export interface Access {
  /** The merchant that the token was given to. Refuses a token that is absent, unknown or expired. */
  callerOf(access_token: unknown): Promise<MerchantRow>
  /** To be called when a merchant or its tokens have changed. */
  forget(): void
}

/** How long a token is trusted before it is looked up again: another process may have ended it. */
const TRUSTED_MS = 1000

const MAX_TRUSTED = 10_000

interface Trusted {
  token: TokenRow
  merchant: MerchantRow
  until: number
}

export function openAccess(store: Questions): Access {
  const trusted = new Map<string, Trusted>()

  async function lookUp(access_token: string): Promise<Trusted> {
    const found = await store.token(secretHash(access_token))
    if (!found) throw refuse('invalidCredential')
    if (trusted.size >= MAX_TRUSTED) trusted.clear()
    const entry = { ...found, until: Date.now() + TRUSTED_MS }
    trusted.set(access_token, entry)
    return entry
  }

  return {
    async callerOf(access_token) {
      if (access_token === undefined || access_token === '') throw refuse('missingToken')
      if (typeof access_token !== 'string') throw refuse('invalidCredential')
      let entry = trusted.get(access_token)
      if (!entry || entry.until < Date.now()) entry = await lookUp(access_token)
      checkToken(entry.token, systemNow())
      return entry.merchant
    },
    forget: () => trusted.clear(),
  }
}
