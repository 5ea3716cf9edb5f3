import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import rateLimit from '@fastify/rate-limit'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type HTTPMethods,
} from 'fastify'
import { ERRORS, Refusal, refuse } from '../errors.ts'
import { hintOf, newHint } from '../id.ts'
import { readBody } from './body.ts'
import type { Endpoint, ReadRequest, Services } from './endpoint.ts'
import { repeatableSeed } from './once.ts'

const METHODS: HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** At most this many requests a minute of one kind pass, which stops only a client that repeats without end. */
const LIMIT_A_MINUTE = 120

/** The HTTP server, in which every answer is JSON with status 200, whatever happens. It has no endpoints yet. */
export async function openApp(log: FastifyBaseLogger): Promise<FastifyInstance> {
  const sendError = errorSender(log)
  const app = Fastify({
    // A logger of its own for each request would cost more than most requests; what matters is logged in sendError.
    logger: false,
    http: { requireHostHeader: false },
    return503OnClosing: false,
    exposeHeadRoutes: false,
    // A path that cannot be decoded.
    frameworkErrors: (_error, request, reply) => void sendError(noEndpoint(request), request, reply),
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.end(rawRefusal(error.message))
    },
  })
  takeEveryRequest(app)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(JSON_TYPE, (_request: FastifyRequest, stream: IncomingMessage, done) =>
    readBody(stream, done),
  )
  app.setErrorHandler(sendError)
  app.setNotFoundHandler((request) => {
    throw noEndpoint(request)
  })
  await app.register(rateLimit, { global: false, errorResponseBuilder: () => refuse('tooFrequent') })
  return app
}

const noEndpoint = ({ url }: FastifyRequest): Refusal => refuse('invalidUrl', url.split('?', 1)[0])

/** Each endpoint at its path. */
export function addEndpoints(app: FastifyInstance, endpoints: readonly Endpoint[], services: Services): void {
  closeConnectionsOnClose(app, services)
  for (const endpoint of endpoints) addEndpoint(app, endpoint, services)
}

const JSON_TYPE = 'application/json'

/** Lets what HTTP would refuse with another status reach the endpoints, or be refused like everything else. */
function takeEveryRequest(app: FastifyInstance): void {
  // Whatever type a client claims, it sends JSON.
  app.addHook('onRequest', (request, _reply, done) => {
    request.raw.headers['content-type'] = JSON_TYPE
    done()
  })
  app.server.on('checkExpectation', (request: IncomingMessage, response) =>
    app.server.emit('request', request, response),
  )
  app.server.on('connect', (_request, socket: Duplex) => socket.end(rawRefusal('CONNECT')))
}

/** How long a sender may take to finish a request once the server is asked to stop. */
const CLOSING_MS = 2000
const SWEEP_MS = 50

/**
 * A stop waits until requests that have arrived are answered, a moment for those still arriving, and not at all for
 * idle connections. (Node's closeIdleConnections passes over connections that have never carried a request.)
 */
function closeConnectionsOnClose(app: FastifyInstance, { ledger }: Services): void {
  const silent = new Set<Socket>()
  let closing = false
  app.server.on('connection', (socket: Socket) => {
    if (closing) socket.destroy()
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  app.server.on('request', ({ socket }: IncomingMessage) => silent.delete(socket))
  app.addHook('preClose', (done) => {
    closing = true
    const last = Date.now() + CLOSING_MS
    for (const socket of silent) socket.destroy()
    const sweep = setInterval(() => {
      app.server.closeIdleConnections()
      if (Date.now() > last && ledger.waiting() === 0) app.server.closeAllConnections()
    }, SWEEP_MS)
    app.server.once('close', () => clearInterval(sweep))
    done()
  })
}

function addEndpoint(app: FastifyInstance, endpoint: Endpoint, services: Services): void {
  const { path, methods, limitBy, media_type } = endpoint
  const limit = limitBy && {
    rateLimit: {
      max: LIMIT_A_MINUTE,
      timeWindow: 60_000,
      hook: 'preHandler' as const,
      keyGenerator: (request: FastifyRequest) => limitBy(request as ReadRequest),
    },
  }
  const answer = (request: FastifyRequest): Promise<object> => endpoint.answer(request as ReadRequest, services)
  app.route({
    method: [...methods],
    url: path,
    config: { ...limit },
    handler:
      media_type === undefined
        ? answer
        : async (request, reply) =>
            reply
              .type(media_type)
              .header('cache-control', 'no-store')
              .send(await answer(request)),
  })
  app.route({
    method: METHODS.filter((method) => !(methods as readonly string[]).includes(method)),
    url: path,
    handler: () => {
      throw refuse('requirePost')
    },
  })
}

/**
 * Whatever is neither a Refusal nor the sender's bad HTTP is a fault of ours: the log gets all of it, the sender the
 * hint.
 */
function errorSender(log: FastifyBaseLogger) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const seed = repeatableSeed(request as ReadRequest)
    const hint = seed === undefined ? newHint() : hintOf(seed)
    const path = request.routeOptions.url
    const refusal = error instanceof Refusal ? error : (badHttp(error) ?? refuse('systemError'))
    const { errcode } = ERRORS[refusal.reason]
    if (refusal.reason === 'systemError')
      log.error({ hint, errcode, detail: refusal.detail, err: error, path }, 'failed')
    else log.info({ hint, errcode, detail: refusal.detail, path }, 'refused')
    return reply.code(200).send(refusedAnswer(refusal, hint))
  }
}

function refusedAnswer({ reason, detail, members, quote }: Refusal, hint: string): object {
  const { errcode, errmsg } = ERRORS[reason]
  return { errcode, errmsg: [errmsg, `hint: [${hint}]`, detail, quote].filter(Boolean).join(' '), ...members }
}

/** For HTTP that Fastify itself refuses. Its message may hold the query, and with it a secret. */
function badHttp(error: unknown): Refusal | undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ECONNRESET') return refuse('invalidArgs', 'aborted')
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined
  const { statusCode } = error
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return undefined
  return refuse('invalidArgs', 'the request breaks a rule of HTTP')
}

/** For what is not even HTTP, such as a header without end. */
function rawRefusal(detail: string): string {
  const body = JSON.stringify(refusedAnswer(refuse('invalidArgs', detail), newHint()))
  const head = ['HTTP/1.1 200 OK', 'Content-Type: application/json; charset=utf-8', 'Connection: close']
  return `${head.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
