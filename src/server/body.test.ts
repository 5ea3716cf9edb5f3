import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { Refusal, refuse } from '../errors.ts'
import { refusal } from '../../test/support/given.ts'
import { parseBody, readBody } from './body.ts'

const MIB = 1024 * 1024

const read = (stream: IncomingMessage): Promise<unknown> =>
  new Promise((resolve, reject) => {
    readBody(stream, (error, body) => (error ? reject(error) : resolve(body)))
  })

const arriving = (...chunks: Uint8Array[]): IncomingMessage => Readable.from(chunks) as unknown as IncomingMessage

test('a body is the same text however its bytes are cut up on the way', async () => {
  const cuts = fc.array(fc.nat(), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), cuts, async (text, places) => {
      const bytes = Buffer.from(text)
      const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
      const chunks = ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end))
      const body = await read(arriving(...chunks.filter((chunk) => chunk.length > 0)))
      assert.equal(body, text.startsWith('\uFEFF') ? text.slice(1) : text)
    }),
    { numRuns: 200 },
  )
})

test('a body of one MiB is read, one byte more is refused', async () => {
  const most = Buffer.alloc(MIB, 'a')
  assert.equal(await read(arriving(most)), most.toString())
  refusal('tooLong', /1048576 bytes/)(await read(arriving(most, Buffer.from('a'))))
  refusal('tooLong')(await read(arriving(Buffer.alloc(3 * MIB))))
})

test('bytes that are not UTF-8 are refused, as are half characters at the end', async () => {
  for (const bytes of [[0xff], [0xc3, 0x28], [0xe5, 0x8d], [0xed, 0xa0, 0x80], [0xc0, 0xaf]]) {
    refusal('invalidCharset')(await read(arriving(Buffer.from('{"a":"'), Buffer.from(bytes))))
  }
  const gbk = Buffer.from([0xbf, 0xa8, 0xc8, 0xaf])
  refusal('invalidCharset')(await read(arriving(gbk)))
})

test('a body whose sender hangs up is an error, one of forty MiB is let run past and refused', async () => {
  const seen: Promise<unknown>[] = []
  const server = createServer((request) => seen.push(read(request).catch((error: unknown) => error)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const head = (length: number): string => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`

  const short = connect(port, '127.0.0.1')
  const asked = once(server, 'request')
  short.write(`${head(100)}{"card_id":`)
  await asked
  short.destroy()
  assert.ok((await seen[0]) instanceof Error)
  assert.ok(!((await seen[0]) instanceof Refusal))

  const large = connect(port, '127.0.0.1')
  large.on('error', () => {})
  const askedAgain = once(server, 'request')
  large.write(head(40 * MIB))
  await askedAgain
  const chunk = Buffer.alloc(MIB)
  for (let sent = 0; sent < 40 && !large.destroyed; sent++) {
    await new Promise<void>((resolve) => {
      large.write(chunk, () => resolve())
    })
  }
  const ended = await seen[1]
  assert.ok(ended instanceof Refusal)
  assert.equal(ended.reason, 'tooLong')
  large.destroy()
  server.close()
  server.closeAllConnections()
})

test('nothing, and nothing but blanks, is an empty body', () => {
  for (const body of [undefined, '', ' ', '\r\n\t ']) assert.throws(() => parseBody(body), refusal('emptyBody'))
})

test('what was refused while it was read is refused when it is asked for', () => {
  const refused = refuse('tooLong', 'too much')
  assert.throws(
    () => parseBody(refused),
    (error) => error === refused,
  )
})

test('JSON is read as JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, '\t'), (value, space) => {
      const body = JSON.stringify(value, null, space)
      assert.deepEqual(parseBody(body), JSON.parse(body))
    }),
  )
})

/** The text is quoted for who sent it, and no part of what is logged, since it may hold a secret. */
function errorBefore(text: string) {
  return (error: unknown): true => {
    refusal('dataFormat', 'Error before')(error)
    assert.equal((error as Refusal).quote, `"${text}"`)
    return true
  }
}

// The slips of the specification's own samples, and of hands.
for (const { slip, body, shown } of [
  { slip: 'a comma too many', body: '{"code":"1",}', shown: '}' },
  { slip: 'a comma too few', body: '{"a": 1 "b": 2}', shown: '"b": 2}' },
  { slip: 'a brace too many', body: '{"a": 1}}', shown: '}' },
  { slip: 'a brace too few', body: '{"a": {"b": 1}', shown: '' },
  { slip: 'a comment', body: '{"a": 1} // the card', shown: '// the card' },
  { slip: 'full-width braces', body: '｛"a": 1｝', shown: '｛"a": 1｝' },
  { slip: 'typographic quotes', body: '{“card_id”: "p"}', shown: '“card_id”: "p"}' },
  { slip: 'single quotes', body: "{'a': 1}", shown: "'a': 1}" },
  { slip: 'a bare word', body: '{"a": yes}', shown: 'yes}' },
  { slip: 'no value', body: '{"init_increase_bonus":0,"balance_url":,"x":1}', shown: ',"x":1}' },
  { slip: 'form data', body: 'card_id=p&code=1', shown: 'card_id=p&code=1' },
]) {
  test(`malformed JSON (${slip}) is refused with the text from the place of the error`, () => {
    assert.throws(() => parseBody(body), errorBefore(shown))
  })
}

test('of long malformed JSON only the next forty characters are shown', () => {
  assert.throws(() => parseBody(`{"a": oops${'x'.repeat(500)}`), errorBefore(`oops${'x'.repeat(36)}`))
})

test('what is shown of malformed JSON is whole characters', () => {
  for (const before of ['', 'x', 'xx', 'xxx']) {
    assert.throws(
      () => parseBody(`{"a": ${before}${'😀'.repeat(60)}`),
      (error) => refusal('dataFormat')(error) && (error as Refusal).quote.isWellFormed(),
    )
  }
})

test('no text whatever does more than be read or be refused', () => {
  const spoilt = fc
    .tuple(fc.json(), fc.nat(), fc.string({ maxLength: 3 }))
    .map(([json, place, put]) => json.slice(0, place % (json.length + 1)) + put + json.slice(place % (json.length + 1)))
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), spoilt), (body) => {
      try {
        parseBody(body)
      } catch (error) {
        assert.ok(error instanceof Refusal)
        assert.ok(error.reason === 'dataFormat' || error.reason === 'emptyBody')
      }
    }),
    { numRuns: 2000 },
  )
})

test('half a million open brackets are refused like any other slip', () => {
  assert.throws(() => parseBody('['.repeat(500_000)), refusal('dataFormat'))
  assert.throws(() => parseBody('{"a":'.repeat(100_000)), refusal('dataFormat'))
})
