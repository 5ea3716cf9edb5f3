import { refuse } from '../../../errors.ts'
import { card_id, object } from '../../../shape/field.ts'
import { reader, wrongType } from '../../../shape/read.ts'

/** How many codes one call may name. */
const MAX_CODES = 100

const KIND = 'an array of strings'

const readHead = reader(object({ card_id }))

/**
 * Reads a card and up to a hundred codes of it. A code may come as a number; whether it can be one is checked
 * elsewhere.
 */
export function readCodes(body: unknown): { card_id: string; codes: string[] } {
  const head = readHead(body)
  const { code } = body as { code?: unknown }
  if (code === undefined || code === null) throw refuse('missingCode', 'code')
  if (!Array.isArray(code)) throw wrongType('code', KIND)
  if (code.length === 0) throw refuse('missingCode', 'code')
  if (code.length > MAX_CODES) throw refuse('tooManyCodes')
  return { ...head, codes: code.map(readCode) }
}

function readCode(value: unknown): string {
  if (value === null || value === '') throw refuse('emptyCode')
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return String(value)
  if (typeof value !== 'string') throw wrongType('code', KIND)
  if (value.includes('\0') || !value.isWellFormed()) throw refuse('invalidCharset', 'code')
  return value
}
