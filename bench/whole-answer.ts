import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { takeBodies, type Bodies } from './bodies.ts'

/** Sends one body, whose answer must be errcode 0, and returns the length of the whole answer with its head. */
export async function wholeAnswer(url: string, bodies: Bodies): Promise<number> {
  if (bodies.taken >= bodies.count) bodies.taken %= bodies.count
  const [body] = takeBodies(bodies, 1)
  const sent = request(url, { method: 'POST', headers: { 'content-type': 'application/json' } })
  sent.end(JSON.stringify(body))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const answer = await text(response)
  const { errcode } = JSON.parse(answer) as { errcode: number }
  if (errcode !== 0) throw new Error(`${url}: ${answer}`)
  const first = `HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\n`
  const separators = response.rawHeaders.length * 2
  return Buffer.byteLength(first + response.rawHeaders.join('') + answer) + separators + 2
}
