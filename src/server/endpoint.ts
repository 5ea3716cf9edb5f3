import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { nowOf, type Calendar } from '../clock.ts'
import { refusalOf } from '../domain/answer.ts'
import type { AnswerOf, CommandName, RequestOf } from '../domain/commands.ts'
import type { MerchantRow } from '../domain/rows.ts'
import { Refusal } from '../errors.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { reader } from '../shape/read.ts'
import type { Keeper } from '../jobs/keeper.ts'
import type { Questions } from '../store/store.ts'
import type { Access } from './access.ts'
import { parseBody } from './body.ts'
import { onceOf } from './once.ts'

/** What every entry point works with. */
export interface Services {
  store: Questions
  ledger: Ledger
  access: Access
  log: FastifyBaseLogger
  /** Makes an address that people open. */
  link: Link
  /** The time zone whose days are counted. */
  time_zone: string
  calendar: Calendar
  keeper: Keeper
}

export type Link = (path: string, query: Record<string, string>) => string

/** A request whose body was read to its end. */
export type ReadRequest = FastifyRequest<{ Querystring: Record<string, unknown>; Body: string | Refusal | undefined }>

export interface Endpoint {
  path: string
  methods: readonly ('GET' | 'POST')[]
  /** Set if requests are limited: those with the same key are counted together. */
  limitBy?: (request: ReadRequest) => string
  /** Set if the answer is not JSON. */
  media_type?: string
  /** Gives the whole answer, or throws a Refusal. */
  answer(request: ReadRequest, services: Services): Promise<object>
}

/** The merchant that asks, and what its request may use: of the ledger, only `commit`. */
export interface Caller extends Omit<Services, 'ledger'> {
  appid: string
  /** By the merchant's clock. */
  now: number
  /**
   * Runs a command. The response must follow from its answer alone, so that a request repeated under its
   * Idempotency-Key gets the same response.
   */
  commit: <Name extends CommandName>(command: Name, request: RequestOf<Name>) => Promise<AnswerOf<Name>>
}

interface MerchantEndpoint<Body> {
  path: string
  /** Does the answer go without errcode and errmsg, as in reports? */
  bare?: true
  /** The members of the answer besides errcode and errmsg. */
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
    async answer(request, services) {
      const merchant = await services.access.callerOf(request.query['access_token'])
      const body = it.read(parseBody(request.body))
      const members = await answerOnce(request, services, merchant, (caller) => it.handle(body, caller))
      return it.bare ? { ...members } : { errcode: 0, errmsg: 'ok', ...members }
    },
  }
}

type Handle = (caller: Caller) => Promise<object | void>

/** With an Idempotency-Key, the answer of a command is kept by the command; any other is kept on its own. */
async function answerOnce(
  request: ReadRequest,
  services: Services,
  merchant: MerchantRow,
  handle: Handle,
): Promise<object | void> {
  const { ledger, ...others } = services
  const { appid } = merchant
  const once = onceOf(request)
  let committed = false
  const caller: Caller = {
    ...others,
    appid,
    now: nowOf(merchant),
    commit(command, asked) {
      committed = true
      return ledger.commit(appid, command, asked, once)
    },
  }
  if (!once) return handle(caller)
  let answered
  try {
    answered = { answer: (await handle(caller)) ?? {} }
  } catch (error) {
    if (committed || !(error instanceof Refusal)) throw error
    answered = refusalOf(error)
  }
  if (committed && 'answer' in answered) return answered.answer as object
  return (await ledger.commit(appid, 'repeatAnswer', answered, once)) as object
}
