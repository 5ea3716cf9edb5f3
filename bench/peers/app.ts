import { parseArgs } from 'node:util'
import Fastify from 'fastify'
import { dateOf, openCalendar, systemNow } from '../../src/clock.ts'
import { ERRORS, Refusal, type ErrorName } from '../../src/errors.ts'
import type { Population } from './population.ts'

/** What peers have in common: how they are started, and three endpoints whose answers look as ours do. */

export interface Consumed {
  card_id: string
  openid: string
}

export interface Received extends Consumed {
  code: string
  begin_time: number
  end_time: number
}

export interface Held extends Received {
  status: string
}

/** What a peer does with its database. Each promise is kept once the database has answered; refusals are thrown. */
export interface Peer {
  receive(card_id: string, openid: string): Promise<Received>
  consume(code: string): Promise<Consumed>
  get(code: string): Promise<Held>
  seed(population: Population): Promise<void>
  close(): Promise<void>
}

const calendar = openCalendar('Asia/Shanghai')

/** The date that a receipt or a redemption is counted under. */
export const today = (): string => dateOf(calendar.dayOf(systemNow()))

/** Opens the peer that the command line asks for, seeds it, and serves it on a free port of loopback until SIGTERM. */
export async function serve(open: (database: string) => Promise<Peer>): Promise<void> {
  const { values } = parseArgs({
    options: {
      database: { type: 'string' },
      seed: { type: 'string', default: '0' },
      cards: { type: 'string', default: '1000' },
      holders: { type: 'string' },
    },
  })
  if (values.database === undefined) throw new Error('--database URL is missing')
  const codes = Number(values.seed)
  const holders = Number(values.holders ?? Math.max(1, Math.floor(codes / 3)))

  const peer = await open(values.database)
  if (codes > 0) await peer.seed({ codes, cards: Number(values.cards), holders })
  const app = appOf(peer)
  process.once('SIGTERM', () => void app.close().then(() => peer.close()))
  process.stdout.write(`listening on ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
}

const CODE = bodyOf('code')
const CARD_AND_HOLDER = bodyOf('card_id', 'openid')

function appOf(peer: Peer) {
  const app = Fastify({ logger: false })
  app.setErrorHandler((error, _request, reply) => reply.code(200).send(refused(error)))

  app.post<{ Body: { card_id: string; openid: string } }>('/wallet/receive', CARD_AND_HOLDER, async ({ body }) => {
    const { card_id, code, openid, begin_time, end_time } = await peer.receive(body.card_id, body.openid)
    return { errcode: 0, errmsg: 'ok', card_id, code, openid, begin_time, end_time }
  })

  app.post<{ Body: { code: string } }>('/card/code/consume', CODE, async ({ body }) => {
    const { card_id, openid } = await peer.consume(body.code)
    return { errcode: 0, errmsg: 'ok', card: { card_id }, openid }
  })

  app.post<{ Body: { code: string } }>('/card/code/get', CODE, async ({ body }) => {
    const { card_id, code, openid, begin_time, end_time, status } = await peer.get(body.code)
    const now = systemNow()
    return {
      errcode: 0,
      errmsg: 'ok',
      card: { card_id, begin_time, end_time, code },
      openid,
      can_consume: status === 'NORMAL' && now >= begin_time && now <= end_time,
      user_card_status: status,
    }
  })
  return app
}

function bodyOf(...names: string[]) {
  const properties = Object.fromEntries(names.map((name) => [name, { type: 'string' }]))
  return { schema: { body: { type: 'object', required: names, properties } } }
}

function refused(error: unknown): object {
  const { errcode, errmsg } = ERRORS[reasonOf(error)]
  return { errcode, errmsg }
}

function reasonOf(error: unknown): ErrorName {
  if (error instanceof Refusal) return error.reason
  if (error instanceof Error && 'validation' in error) return 'invalidArgs'
  process.stderr.write(`${String(error)}\n`)
  return 'systemError'
}
