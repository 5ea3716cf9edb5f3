import { request, type IncomingHttpHeaders } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { text } from 'node:stream/consumers'

/** HTTP as no client library would send it. */

interface Sending {
  method?: string
  /** As they are: nothing is added but Host and the length. */
  headers?: Record<string, string>
  body?: string | Uint8Array
}

export interface Received {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

/** Sends one request with exactly these headers and this body. */
export function send(url: string, { method = 'POST', headers = {}, body = '' }: Sending = {}): Promise<Received> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } })
    sent.on('error', reject)
    sent.on('response', (response) => {
      const { statusCode: status = 0, headers } = response
      text(response).then((text) => resolve({ status, headers, text }), reject)
    })
    sent.end(body)
  })
}

/** Writes bytes to the server's port and returns all that comes back until the server closes. */
export function speak(url: string, bytes: string | Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host: hostname, port: Number(port) }, () => socket.write(bytes))
    let heard = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(heard))
  })
}
