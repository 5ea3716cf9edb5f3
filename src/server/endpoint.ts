import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { systemNow } from '../clock.ts'
import type { MerchantRow } from '../domain/rows.ts'
import type { Refusal } from '../errors.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { reader } from '../shape/read.ts'
import type { Questions } from '../store/store.ts'
import type { Access } from './access.ts'
import { parseBody } from './body.ts'

/** What every face works with. */
export interface Services {
  store: Questions
  ledger: Ledger
  access: Access
  log: FastifyBaseLogger
}

/** A request whose body was read to its end. */
export type ReadRequest = FastifyRequest<{ Querystring: Record<string, unknown>; Body: string | Refusal | undefined }>

export interface Endpoint {
  path: string
  methods: readonly ('GET' | 'POST')[]
  /** Where requests are limited: which of them are counted together. */
  limitBy?: (request: ReadRequest) => string
  /** The whole answer, or a Refusal thrown. */
  answer(request: ReadRequest, services: Services): Promise<object>
}

/** The merchant that asks, and what its request works with. */
export interface Caller {
  appid: string
  /** By the merchant's clock. */
  now: number
  access: Access
  ledger: Ledger
  store: Questions
}

interface MerchantEndpoint<Body> {
  path: string
  /** The members of the answer beside errcode and errmsg. */
  handle(body: Body, caller: Caller): Promise<object | void>
}

/** An endpoint as merchants know them: POST, the access_token in the query, JSON in and out. */
export function endpoint<Shape extends TSchema>(
  it: MerchantEndpoint<Static<Shape>> & { /** What the body holds. */ body: Shape },
): Endpoint {
  return endpointReading({ ...it, read: reader(it.body) })
}

/** The same for a body whose shape depends on what is in it. */
export function endpointReading<Body>(it: MerchantEndpoint<Body> & { read: (body: unknown) => Body }): Endpoint {
  return {
    path: it.path,
    methods: ['POST'],
    async answer(request, { access, ledger, store }) {
      const merchant = await access.callerOf(request.query['access_token'])
      const body = it.read(parseBody(request.body))
      const members = await it.handle(body, { appid: merchant.appid, now: nowOf(merchant), access, ledger, store })
      return { errcode: 0, errmsg: 'ok', ...members }
    },
  }
}

const nowOf = ({ clock_offset_s }: MerchantRow): number => systemNow() + clock_offset_s
