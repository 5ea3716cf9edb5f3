import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/**
 * A way to a server that can be cut, as by a switch that restarts: whoever is connected is cut off, and may come again.
 */
export interface Cutter {
  /** The server's address, by this way. */
  url: string
  /** How often somebody sent something. */
  readonly sent: number
  /** From now on nothing arrives anywhere, and nobody is told. */
  fallSilent(): void
  /** The same once somebody sends something that contains a text. */
  silentFrom(text: string): void
  /** Cuts every connection that there is. */
  cut(): void
  /**
   * Cuts clients off once they have sent something more, which is on its way then and has not arrived.
   *
   * @returns lets it arrive
   */
  cutWithMail(): () => void
  /** Cuts whoever sends something in which a text is; it does not arrive. */
  cutWhere(text: string): void
  close(): Promise<void>
}

interface Way {
  near: Socket
  far: Socket
  /** What was sent and has not arrived. */
  mail?: Buffer[]
}

export async function startCutter(server_url: string): Promise<Cutter> {
  const url = new URL(server_url)
  const to = { host: url.hostname, port: Number(url.port) }
  const ways = new Set<Way>()
  let deadly: string | undefined
  let sent = 0
  let isSilent = false
  let silencing: string | undefined
  const server = createServer((near) => {
    const way: Way = { near, far: connect(to) }
    const { far } = way
    ways.add(way)
    for (const socket of [near, far]) socket.on('error', () => {})
    near.on('data', (bytes) => {
      sent++
      if (silencing !== undefined && bytes.includes(silencing)) isSilent = true
      if (isSilent) return
      if (deadly !== undefined && bytes.includes(deadly)) near.resetAndDestroy()
      else if (way.mail) {
        way.mail.push(bytes)
        near.resetAndDestroy()
      } else far.write(bytes)
    })
    far.on('data', (bytes) => {
      if (!isSilent) near.write(bytes)
    })
    far.once('close', () => {
      ways.delete(way)
      near.destroy()
    })
    near.once('close', () => {
      if (!way.mail) far.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url.port = String((server.address() as AddressInfo).port)
  const cut = (): void => {
    for (const { near, far } of ways) {
      near.resetAndDestroy()
      far.resetAndDestroy()
    }
  }
  return {
    url: url.href,
    get sent() {
      return sent
    },
    fallSilent() {
      isSilent = true
    },
    silentFrom(text) {
      silencing = text
    },
    cut,
    cutWithMail() {
      const cutOff = [...ways]
      for (const way of cutOff) way.mail = []
      return () => {
        for (const { far, mail } of cutOff) far.end(Buffer.concat(mail!))
      }
    },
    cutWhere(text) {
      deadly = text
    },
    async close() {
      server.close()
      cut()
      await once(server, 'close')
    },
  }
}
