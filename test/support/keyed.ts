import assert from 'node:assert/strict'
import type { Client } from './client.ts'
import { send } from './raw.ts'

/** Requests that may come again, under an Idempotency-Key. */

/** POSTs a body and returns the answer as it came, byte for byte: a repeat has to be the same text. */
export type AskWithKey = (path: string, body: unknown, key: string) => Promise<string>

export const withKeys = ({ url }: { url: string }, { access_token }: Pick<Client, 'access_token'>): AskWithKey =>
  async function ask(path, body, key) {
    const headers = { 'idempotency-key': key }
    const { status, text } = await send(`${url}${path}?access_token=${access_token}`, {
      headers,
      body: JSON.stringify(body),
    })
    assert.equal(status, 200)
    return text
  }

let keys = 0

/** A key that nobody has used before. */
export const newKey = (): string => `key-${process.pid}-${++keys}`
