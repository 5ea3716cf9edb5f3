import Fastify from 'fastify'

/** The peer: a Fastify endpoint that parses JSON and sends it back. It starts as bare as Fastify can. */

const app = Fastify({ logger: false })
app.post('/echo', async ({ body }) => body)
const address = await app.listen({ host: '127.0.0.1', port: 0 })
process.once('SIGTERM', () => process.exit())
process.stdout.write(`listening on ${address}\n`)
