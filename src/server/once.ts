import { hash } from 'node:crypto'
import { refuse } from '../errors.ts'
import type { Once } from '../ledger/batch.ts'
import type { ReadRequest } from './endpoint.ts'

const LONGEST_KEY = 255

/** The key under which a request gets its first answer again; undefined if it has none, or is no POST. */
export function onceOf(request: ReadRequest): Once | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined || request.method !== 'POST') return undefined
  if (typeof key !== 'string' || key === '' || key.length > LONGEST_KEY) {
    throw refuse('invalidArgs', `an Idempotency-Key has 1 to ${LONGEST_KEY} characters`)
  }
  return { key, fingerprint: fingerprintOf(request) }
}

/**
 * A hash of what a request asks: its path, query and body. The access_token is left out, since it may be a new one next
 * time.
 */
function fingerprintOf({ routeOptions, query, body }: ReadRequest): string {
  const asked = JSON.stringify({ ...query, access_token: undefined })
  return hash('sha256', `${routeOptions.url}\n${asked}\n${String(body)}`, 'base64url')
}

/** Seed that makes a repeated refusal carry the same hint. */
export function repeatableSeed(request: ReadRequest): string | undefined {
  const key = request.headers['idempotency-key']
  return key === undefined ? undefined : `${String(key)}\n${fingerprintOf(request)}`
}
