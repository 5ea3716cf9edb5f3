import type { AddressInfo } from 'node:net'
import pino from 'pino'
import type { FastifyInstance } from 'fastify'
import { ConfigError, type Config } from './config.ts'
import { makeDemo } from './demo.ts'
import { openLedger, type Ledger } from './ledger/ledger.ts'
import { clock } from './sandbox/clock.ts'
import { openAccess } from './server/access.ts'
import { addEndpoints, openApp } from './server/app.ts'
import type { Link } from './server/endpoint.ts'
import { openCalendar } from './clock.ts'
import { openKeeper } from './jobs/keeper.ts'
import { openStore } from './store/open.ts'
import type { Questions } from './store/store.ts'
import { walletEndpoints } from './wallet/endpoints.ts'
import { wechatEndpoints } from './wechat/endpoints.ts'

const ENDPOINTS = [...wechatEndpoints, ...walletEndpoints, clock]

/** A server at work. */
export interface Served {
  address: string
  /** Finishes what was accepted. */
  close(): Promise<void>
}

/** Opens the store, starts the server and says on standard output where it is; the log goes to standard error. */
export async function serve(config: Config): Promise<Served> {
  const log = pino({ level: config.log_level }, pino.destination({ fd: 2, sync: true }))
  // The ledger's thread loads and opens in the meantime.
  const opening = openLedger(config, (error) => {
    log.fatal({ err: error }, 'the ledger broke')
    process.exit(1)
  })
  const [ledger, app] = await Promise.all([opening, openApp(log)])
  const store = await openStore(config)
  let public_url = config.public_url ?? ''
  const link: Link = (path, query) => `${public_url}${path}?${new URLSearchParams(query).toString()}`
  const keeper = openKeeper(store, ledger, log)
  const { time_zone } = config
  const calendar = openCalendar(time_zone)
  const services = { store, ledger, access: openAccess(store), log, link, time_zone, calendar, keeper }
  addEndpoints(app, ENDPOINTS, services)
  const close = async (): Promise<void> => {
    await app.close()
    await keeper.close()
    store.close()
    await ledger.close()
  }
  try {
    await listen(app, config)
    const { port } = app.server.address() as AddressInfo
    const address = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
    public_url ||= address
    // Not before now, when its secret will be printed.
    const demo = config.demo && (await isFirst(store, ledger)) ? await makeDemo(ledger, config) : undefined
    if (demo) process.stdout.write(demo.welcome(public_url))
    process.stdout.write(
      `wire API   ${public_url}/card/…\nwallet API ${public_url}/wallet/…\nlistening on ${address}\n`,
    )
    return { address, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** How long the process that makes the demo merchant keeps others from it. */
const DEMO_S = 60

/** Is there nothing yet, and no other process that is starting with it just now? */
const isFirst = async (store: Questions, ledger: Ledger): Promise<boolean> =>
  (await store.merchants()).length === 0 && (await ledger.claim(undefined, 'demo', DEMO_S))

async function listen(app: FastifyInstance, { host, port }: Config): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw new ConfigError(`HOST ${host}, PORT ${port}: ${(error as Error).message}`, { cause: error })
  }
}

/** Serves until the process is asked to stop; being asked again changes nothing. */
export async function serveUntilStopped(config: Config): Promise<void> {
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve())
  })
  const served = await serve(config)
  await asked
  await served.close()
}
