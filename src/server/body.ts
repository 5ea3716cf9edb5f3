import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { parse, type ParseError } from 'jsonc-parser'
import { refuse, Refusal } from '../errors.ts'

/** The largest body that is read, in bytes. The largest card has some 40 kB. */
const MAX_BODY = 1024 * 1024

type Done = (error: Error | null, body?: string | Refusal) => void

/**
 * Reads a body to its end, or to the refusal that stands for it: who sent it is checked before what is in it. Whatever
 * exceeds the limit is let run past, so that its sender hears the refusal; Node's own time limit ends a body that never
 * ends.
 */
export function readBody(stream: IncomingMessage, done: Done): void {
  let chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= MAX_BODY) chunks.push(chunk)
    else chunks = []
  })
  stream.on('end', () => done(null, size > MAX_BODY ? tooLarge() : decode(chunks)))
  stream.on('error', done)
}

const tooLarge = (): Refusal => refuse('tooLong', `the body has more than ${MAX_BODY} bytes`)

function decode(chunks: readonly Buffer[]): string | Refusal {
  const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  if (!isUtf8(bytes)) return refuse('invalidCharset')
  const text = bytes.toString('utf8')
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

/** Reads a body as JSON; the refusal of a malformed one shows the text from where it stops making sense. */
export function parseBody(body: string | Refusal | undefined): unknown {
  if (body instanceof Refusal) throw body
  if (body === undefined || body.trim() === '') throw refuse('emptyBody')
  try {
    return JSON.parse(body) as unknown
  } catch {
    throw refuse('dataFormat', 'Error before', {}, `"${excerpt(body, errorOffset(body))}"`)
  }
}

const SHOWN = 40

/** The text from an offset on, without half characters at its ends. */
const excerpt = (body: string, offset: number): string =>
  body.slice(offset, offset + SHOWN).replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, '')

function errorOffset(body: string): number {
  const errors: ParseError[] = []
  try {
    parse(body, errors, { disallowComments: true, allowTrailingComma: false })
  } catch {
    // Nested deeper than the stack allows: the place is lost, the refusal is not.
  }
  return errors[0]?.offset ?? 0
}
