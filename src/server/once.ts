import { hash } from 'node:crypto'
import { refuse } from '../errors.ts'
import type { Once } from '../ledger/batch.ts'
import type { ReadRequest } from './endpoint.ts'

const LONGEST_KEY = 255

/** Under which key a request is to be answered as it was answered first; undefined where it has none, or is no POST. */
export function onceOf(request: ReadRequest): Once | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined || request.method !== 'POST') return undefined
  if (typeof key !== 'string' || key === '' || key.length > LONGEST_KEY) {
    throw refuse('invalidArgs', `an Idempotency-Key has 1 to ${LONGEST_KEY} characters`)
  }
  return { key, fingerprint: fingerprintOf(request) }
}

/** Stands for what a request asks: its path, query and body. The access_token may be a new one when it comes again. */
function fingerprintOf({ routeOptions, query, body }: ReadRequest): string {
  const asked = JSON.stringify({ ...query, access_token: undefined })
  return hash('sha256', `${routeOptions.url}\n${asked}\n${String(body)}`, 'base64url')
}

/** What a refusal's hint is made from where the refusal is to be given again, byte for byte. */
export function repeatableSeed(request: ReadRequest): string | undefined {
  const key = request.headers['idempotency-key']
  return key === undefined ? undefined : `${String(key)}\n${fingerprintOf(request)}`
}
