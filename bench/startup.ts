import { spawnSync } from 'node:child_process'
import { median } from './median.ts'
import { startEcho, startKaquan, type Started } from './server.ts'

export interface Startup {
  ours_ms: number
  fastify_ms: number
  ratio: number
}

const TIMES = 5

/** From spawn to readiness, in turn with a bare Fastify. The first start of each fills caches and does not count. */
export async function measureStartup(data_dir: string): Promise<Startup> {
  // Seeding leaves much that is still on its way to the disk, which whoever starts then would wait for.
  spawnSync('sync')
  const ours: number[] = []
  const fastify: number[] = []
  for (let time = 0; time <= TIMES; time++) {
    fastify.push(await startAndStop(startEcho()))
    ours.push(await startAndStop(startKaquan(data_dir)))
  }
  const ours_ms = median(ours.slice(1))
  const fastify_ms = median(fastify.slice(1))
  return { ours_ms, fastify_ms, ratio: ours_ms / fastify_ms }
}

async function startAndStop(starting: Promise<Started>): Promise<number> {
  const started = await starting
  await started.stop()
  return started.start_ms
}
