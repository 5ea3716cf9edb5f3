import { DAY_S } from '../../clock.ts'
import { refuse } from '../../errors.ts'
import type { Decision, Situation } from '../command.ts'
import type { MerchantRow, TokenRow } from '../rows.ts'

export const TOKEN_LIFE_S = 7200
/** How long a token keeps working after a newer one was fetched, and how near its end a stable token is replaced. */
const OVERLAP_S = 300
const FORCED_A_DAY = 20
const FORCED_APART_S = 30

export interface AskForToken {
  secret_hash: string
  /** The caller's address, if the merchant's ip_allowlist does not have it. */
  refused_address?: string
  /** The random part and hash of a new token, used if one is due. */
  nonce: string
  token_hash: string
  /** By the server's clock: tokens do not follow the clock of a sandbox. */
  at: number
}

export interface TokenAnswer {
  /** Of the token that is good now; the token itself is made from it and the secret. */
  nonce: string
  expires_in: number
}

/**
 * Issues a new token. Several programs of one merchant fetch tokens without knowing of one another, so the former token
 * keeps working for five minutes.
 */
export function issueToken(request: AskForToken, { rows }: Situation): Decision<TokenAnswer> {
  checkCaller(rows.merchant(), request)
  const tokens = rows.tokens()
  const former = tokens.filter(({ kind, superseded }) => kind === 'plain' && !superseded)
  const put = [newToken(request, 'plain'), ...former.map((token) => supersede(token, request.at + OVERLAP_S))]
  return { facts: [], answer: answerOf(put[0]!, request.at), tokens: { put, drop: forgotten(tokens, request.at) } }
}

/** Gives everyone who asks the same token, until its last five minutes; `force_refresh` ends it at once. */
export function issueStableToken(
  request: AskForToken & { force_refresh: boolean },
  { rows }: Situation,
): Decision<TokenAnswer> {
  const { at, force_refresh } = request
  checkCaller(rows.merchant(), request)
  const tokens = rows.tokens()
  const current = tokens.find(({ kind, superseded }) => kind === 'stable' && !superseded)
  const keep =
    current &&
    (force_refresh ? current.forced && at - current.issued_at < FORCED_APART_S : current.expires_at - at > OVERLAP_S)
  if (keep) return { facts: [], answer: answerOf(current, at) }
  if (
    force_refresh &&
    tokens.filter(({ forced, issued_at }) => forced && issued_at > at - DAY_S).length >= FORCED_A_DAY
  ) {
    throw refuse('tooFrequent', `force_refresh is for ${FORCED_A_DAY} times a day`)
  }
  const put = [newToken(request, 'stable', force_refresh)]
  if (current) put.push(supersede(current, force_refresh ? at - 1 : current.expires_at))
  return { facts: [], answer: answerOf(put[0]!, at), tokens: { put, drop: forgotten(tokens, at) } }
}

/** Checks that a token presented is good at this moment. */
export function checkToken(token: TokenRow | undefined, at: number): void {
  if (!token) throw refuse('invalidCredential')
  if (at <= token.expires_at) return
  throw refuse(token.superseded ? 'invalidCredential' : 'tokenExpired')
}

function checkCaller(merchant: MerchantRow | undefined, { secret_hash, refused_address }: AskForToken): void {
  if (!merchant) throw refuse('invalidAppid')
  if (merchant.secret_hash !== secret_hash) throw refuse('invalidSecret')
  if (refused_address !== undefined) throw refuse('ipNotAllowed', `${refused_address}, not in whitelist`)
}

function newToken({ token_hash, nonce, at }: AskForToken, kind: TokenRow['kind'], forced = false): TokenRow {
  return { token_hash, kind, nonce, issued_at: at, expires_at: at + TOKEN_LIFE_S, superseded: false, forced }
}

function supersede(token: TokenRow, until: number): TokenRow {
  return { ...token, superseded: true, expires_at: Math.min(token.expires_at, until) }
}

/** A token is remembered for a day after its end, so that its user is told that it has ended. */
function forgotten(tokens: readonly TokenRow[], at: number): string[] {
  return tokens.filter(({ expires_at }) => expires_at < at - DAY_S).map(({ token_hash }) => token_hash)
}

function answerOf({ nonce, expires_at }: TokenRow, at: number): TokenAnswer {
  return { nonce, expires_in: expires_at - at }
}
