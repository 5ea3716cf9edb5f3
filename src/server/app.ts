import type { IncomingMessage } from 'node:http'
import rateLimit from '@fastify/rate-limit'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type HTTPMethods,
} from 'fastify'
import { ERRORS, Refusal, refuse } from '../errors.ts'
import { newHint } from '../id.ts'
import { readBody } from './body.ts'
import type { Endpoint, ReadRequest, Services } from './endpoint.ts'

const METHODS: HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** So many requests a minute of one kind always pass; a client that repeats without end does not. */
const LIMIT_A_MINUTE = 120

/** The HTTP server: each endpoint at its path, and every answer JSON with status 200, whatever happens. */
export async function openApp(endpoints: readonly Endpoint[], services: Services): Promise<FastifyInstance> {
  const sendError = errorSender(services.log)
  const app = Fastify({
    // A logger of its own for each request would cost more than most requests; what matters is logged in sendError.
    logger: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    frameworkErrors: (error, request, reply) => void sendError(error, request, reply),
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.end(rawRefusal(error.message))
    },
  })
  app.removeAllContentTypeParsers()
  // Whatever type a client claims, it sends JSON. (A pattern and not '*', since Fastify remembers what a pattern matched.)
  app.addContentTypeParser(/^/, (_request: FastifyRequest, stream: IncomingMessage, done) => readBody(stream, done))
  app.setErrorHandler(sendError)
  app.setNotFoundHandler((request) => {
    throw refuse('invalidUrl', request.url.split('?', 1)[0])
  })
  await app.register(rateLimit, { global: false, errorResponseBuilder: () => refuse('tooFrequent') })
  for (const endpoint of endpoints) addEndpoint(app, endpoint, services)
  return app
}

function addEndpoint(app: FastifyInstance, endpoint: Endpoint, services: Services): void {
  const { path, methods, limitBy } = endpoint
  const limit = limitBy && {
    rateLimit: {
      max: LIMIT_A_MINUTE,
      timeWindow: 60_000,
      hook: 'preHandler' as const,
      keyGenerator: (request: FastifyRequest) => limitBy(request as ReadRequest),
    },
  }
  app.route({
    method: [...methods],
    url: path,
    config: { ...limit },
    handler: (request) => endpoint.answer(request as ReadRequest, services),
  })
  app.route({
    method: METHODS.filter((method) => !(methods as readonly string[]).includes(method)),
    url: path,
    handler: () => {
      throw refuse('requirePost')
    },
  })
}

/** What is no Refusal is a fault of ours, or of the sender's HTTP: the log gets all of it, the sender only the hint. */
function errorSender(log: FastifyBaseLogger) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const hint = newHint()
    const path = request.routeOptions.url
    const refusal = error instanceof Refusal ? error : refuse(isSendersFault(error) ? 'invalidArgs' : 'systemError')
    const { errcode } = ERRORS[refusal.reason]
    if (refusal === error) log.info({ hint, errcode, detail: refusal.detail, path }, 'refused')
    else log.error({ hint, errcode, err: error, path }, 'failed')
    return reply.code(200).send(refusedAnswer(refusal, hint))
  }
}

function refusedAnswer({ reason, detail, members }: Refusal, hint: string): object {
  const { errcode, errmsg } = ERRORS[reason]
  return { errcode, errmsg: `${errmsg} hint: [${hint}]${detail && ` ${detail}`}`, ...members }
}

function isSendersFault(error: unknown): boolean {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' && status >= 400 && status < 500
}

/** For what is not even HTTP, such as a header without end. */
function rawRefusal(detail: string): string {
  const body = JSON.stringify(refusedAnswer(refuse('invalidArgs', detail), newHint()))
  const head = ['HTTP/1.1 200 OK', 'Content-Type: application/json; charset=utf-8', 'Connection: close']
  return `${head.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
