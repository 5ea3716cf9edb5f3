import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { connect as connectSocket, type Socket } from 'node:net'
import { json } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { setTimeout as after } from 'node:timers/promises'
import { createCard } from '../support/acts.ts'
import { countErrcodes, together } from '../support/answers.ts'
import { connect, type Answer } from '../support/client.ts'
import { Book, settle, startLoad } from '../support/load.ts'
import { randomOf, seedOf } from '../support/random.ts'
import { makeMerchant, newFolder, startServer, type TestServer } from '../support/server.ts'
import { holdWrites } from '../support/place.ts'
import { assertClean } from '../support/verify.ts'

/** An operator stops the server: what was accepted is finished, everything else is left undone, and it exits with 0. */

const ROOT = `${import.meta.dirname}/../..`

/** Longer than anyone waits for a server that has nothing to do. */
const PATIENCE_MS = 10_000

/** Longer than a server that is stopping should wait for one that sends nothing. */
const LONG_MS = 4000

async function startWithMerchant(t: TestContext) {
  const server = await startServer()
  t.after(() => server.kill())
  const merchant = await makeMerchant(server)
  return { server, merchant, client: await connect(server.url, merchant) }
}

/** The exit code of a server that was told to stop. */
const stopped = (server: TestServer): Promise<unknown> =>
  Promise.race([server.stop(), after(PATIENCE_MS, 'still running', { ref: false })])

async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connectSocket(Number(port), hostname)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Resolves once the server takes no connection any more, which is how it shows that it is stopping. */
async function untilItTakesNoMore(url: string): Promise<void> {
  for (let code; code !== 'ECONNREFUSED';) {
    code = await openSocket(url).then(
      (socket) => void socket.destroy(),
      (error: NodeJS.ErrnoException) => error.code,
    )
  }
}

/** Whatever is left of it. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH')
  }
}

/** Sends the head of a POST and waits until the server asks for the body, by which it has accepted the request. */
async function beginPost(url: string, body: string): Promise<ClientRequest> {
  const headers = { expect: '100-continue', 'content-length': Buffer.byteLength(body) }
  const begun = request(url, { method: 'POST', headers, agent: false })
  begun.flushHeaders()
  await once(begun, 'continue')
  return begun
}

async function finishPost(begun: ClientRequest, body: string): Promise<Answer> {
  begun.end(body)
  const [response] = (await once(begun, 'response')) as [IncomingMessage]
  assert.equal(response.statusCode, 200)
  return (await json(response)) as Answer
}

test('stopped under load it answers all that it does, and does nothing that it does not answer', async (t) => {
  const { server, merchant, client } = await startWithMerchant(t)
  const random = randomOf(seedOf(t))
  const book = await Book.ofNewCards(client, [50, 100_000])
  const load = startLoad(client, book, random)
  await load.answered(200 + random.below(300))
  assert.equal(await stopped(server), 0)
  await load.ended

  const again = await startServer({ DATA_DIR: server.data_dir })
  t.after(() => again.kill())
  assert.equal(await settle(await connect(again.url, merchant), book), 0)
  await assertClean(server)
})

test('requests whose body is still on its way when the server is stopped are answered', async (t) => {
  const { server, client } = await startWithMerchant(t)
  const card_id = await createCard(client)
  const url = `${server.url}/wallet/receive?access_token=${client.access_token}`
  const bodies = Array.from({ length: 16 }, (_, place) => JSON.stringify({ card_id, openid: `late-${place}` }))
  const begun = await Promise.all(bodies.map((body) => beginPost(url, body)))

  const exit = stopped(server)
  await untilItTakesNoMore(server.url)
  const answers = await Promise.all(begun.map((post, place) => finishPost(post, bodies[place]!)))
  assert.deepEqual(countErrcodes(answers), { 0: 16 })
  assert.equal(await exit, 0)
})

test('a change that has to wait for another process is answered, however long it takes', async (t) => {
  const { server, client } = await startWithMerchant(t)
  const card_id = await createCard(client)
  const body = JSON.stringify({ card_id, openid: 'patient' })
  const begun = await beginPost(`${server.url}/wallet/receive?access_token=${client.access_token}`, body)

  // Holds the right to write, as a command does while it works.
  const release = await holdWrites(server.data_dir)
  const answer = finishPost(begun, body)
  const exit = stopped(server)
  await after(LONG_MS)
  await release()
  assert.equal((await answer).errcode, 0)
  assert.equal(await exit, 0)
})

test('an operator who asks twice, as a terminal and npm do together, cuts nothing off', async (t) => {
  const { server, client } = await startWithMerchant(t)
  const card_id = await createCard(client)
  const body = JSON.stringify({ card_id, openid: 'late' })
  const begun = await beginPost(`${server.url}/wallet/receive?access_token=${client.access_token}`, body)

  process.kill(server.pid, 'SIGINT')
  await untilItTakesNoMore(server.url)
  process.kill(server.pid, 'SIGINT')
  const exit = stopped(server)
  assert.equal((await finishPost(begun, body)).errcode, 0)
  assert.equal(await exit, 0)
})

test('connections on which nothing is asked do not hold up the stop', async (t) => {
  const { server, client } = await startWithMerchant(t)
  const sockets = await together(3, () => openSocket(server.url))
  t.after(() => sockets.forEach((socket) => socket.destroy()))
  sockets[1]!.write('POST /card/get?access_to')
  await client.ok('/card/batchget', { offset: 0, count: 1 })
  assert.equal(await stopped(server), 0)
})

test('a sender that never finishes its body does not hold up the stop for long', async (t) => {
  const { server, client } = await startWithMerchant(t)
  const begun = await beginPost(`${server.url}/card/get?access_token=${client.access_token}`, 'never sent')
  begun.on('error', () => {})
  t.after(() => begun.destroy())
  assert.equal(await stopped(server), 0)
})

test('stopping npm start stops the server', async (t) => {
  const env = { ...process.env, PORT: '0', DEMO: '0', LOG_LEVEL: 'error', DATA_DIR: newFolder() }
  const npm = spawn('npm', ['start'], { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  t.after(() => killGroup(npm.pid!))
  let output = ''
  for await (const chunk of npm.stdout) {
    output += String(chunk)
    if (/^listening on .*\n/m.test(output)) break
  }
  const { 1: url = '' } = /^listening on (.*)\n/m.exec(output) ?? []
  const exit = once(npm, 'exit')
  npm.kill('SIGTERM')
  const [code] = (await exit) as [number | null]
  await assert.rejects(fetch(url), 'the server is gone with it')
  assert.equal(code, 0)
})
