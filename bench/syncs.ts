import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from '../test/support/client.ts'
import { takeBodies } from './bodies.ts'
import { burst } from './load.ts'
import type { Seeded } from './seed.ts'
import { startKaquan } from './server.ts'

export interface Syncs {
  /** One connection, one consume after the other. */
  alone: { answers: number; syncs: number }
  /** 64 connections at once. */
  together: { answers: number; syncs: number; answers_a_sync: number }
}

const CONSUMES = 200

/** Consumes codes from a server under strace and counts how often its log was forced to the disk. */
export async function countSyncs({ data_dir, merchant, consume }: Seeded, folder: string): Promise<Syncs> {
  const trace = join(folder, 'syncs.strace')
  const options = ['-f', '--seccomp-bpf', '-y', '-e', 'trace=fsync,fdatasync', '-o', trace]
  const server = await startKaquan(data_dir, ['strace', ...options])
  const client = await connect(server.url, merchant)
  const before = syncsIn(trace)
  for (const body of takeBodies(consume, CONSUMES)) await client.ok('/card/code/consume', body)
  const between = syncsIn(trace)
  const url = `${server.url}/card/code/consume?access_token=${client.access_token}`
  const { answers } = await burst(url, consume, 2)
  const syncs = syncsIn(trace) - between
  await server.stop()
  return {
    alone: { answers: CONSUMES, syncs: between - before },
    together: { answers, syncs, answers_a_sync: answers / syncs },
  }
}

/** Syncs of the write-ahead log, in which a commit lies once it is durable; those of checkpoints are of another file. */
const syncsIn = (trace: string): number =>
  readFileSync(trace, 'utf8').match(/\bf(?:data)?sync\(\d+<[^>]*-wal>/g)?.length ?? 0
