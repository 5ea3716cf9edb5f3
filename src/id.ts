import { createHmac, hash, randomBytes, randomInt } from 'node:crypto'

/**
 * One old client library looks for the texts 40001 and 42001 anywhere in an answer and repeats its request if it finds
 * them, so no id that may appear in an answer contains either.
 */
const MISREAD = /4[02]001/

function unlikeErrcodes(make: () => string): string {
  let id
  do id = make()
  while (MISREAD.test(id))
  return id
}

const CODE_SPACE = 10 ** 12

/** A code as WeChat generates them: twelve decimal digits, not to be guessed. */
export const newCode = (): string => unlikeErrcodes(() => randomInt(CODE_SPACE).toString().padStart(12, '0'))

/**
 * Numbers to choose from for one new code. With a thousand million codes out, of 10^12 numbers, each is taken once in a
 * thousand times, and all three once in 10^9 receipts.
 */
export const newFreshCodes = (): string[] => Array.from({ length: 3 }, newCode)

/** A card_id, 28 characters: p, six that all ids of the merchant share, and 21 random ones. */
export function newCardId(appid: string): string {
  const account = hash('sha256', appid, 'base64url').replaceAll(/\d/g, '').slice(0, 6)
  return unlikeErrcodes(() => `p${account}${randomBytes(16).toString('base64url').slice(0, 21)}`)
}

export const newAppid = (): string => unlikeErrcodes(() => `wx${randomBytes(8).toString('hex')}`)

export const newSecret = (): string => randomBytes(16).toString('hex')

/** The random part of an access_token: 256 bits. */
export const newNonce = (): string => randomBytes(32).toString('base64url')

/** An access_token. It cannot be made again from what is stored, only by someone who knows the merchant's secret. */
export const tokenOf = (secret: string, nonce: string): string =>
  createHmac('sha512', secret).update(nonce).digest('base64url')

/** What is stored instead of a secret or a token, both of which are long and random. */
export const secretHash = (secret: string): string => hash('sha256', secret, 'base64url')

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The id that a refusal and the log share: 14 letters, no digits, so that it cannot be taken for an errcode. */
export const newHint = (): string => letters(randomBytes(14))

/** The same hint for the same text, for a refusal that is to be repeated. */
export const hintOf = (text: string): string => letters(hash('sha256', text, 'buffer').subarray(0, 14))

function letters(bytes: Uint8Array): string {
  let hint = ''
  for (const byte of bytes) hint += LETTERS[byte % LETTERS.length]
  return hint
}

/** The ticket of a QR code, a gift or a session: impossible to guess, and beginning with the merchant it belongs to. */
export const newTicket = (appid: string): string =>
  `${appid}.${unlikeErrcodes(() => randomBytes(18).toString('base64url'))}`

/** The merchant that a ticket names, whether it exists or not. */
export const appidOfTicket = (ticket: string): string => ticket.slice(0, Math.max(ticket.lastIndexOf('.'), 0))
