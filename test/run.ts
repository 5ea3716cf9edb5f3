import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startPostgres } from './support/embedded.ts'

/** All tests, then those of the whole program once more, on a PostgreSQL that is started for them. */

/** Those of the whole program, as its users have it. */
const ON_BOTH_ENGINES = [
  'test/contract/*.test.ts',
  'test/clients/*.test.ts',
  'test/simulation/{beside,crash,deposit-races,idempotency-crash,races,random-commands,stop}.test.ts',
]

async function test(patterns: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const args = ['--test', '--test-concurrency=2', ...patterns]
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code === 0
}

const postgres = await startPostgres()
let passed = false
try {
  console.log('# every test, the program on SQLite')
  const onSqlite = await test(['src/**/*.test.ts', 'test/**/*.test.ts'], { TEST_POSTGRES_URL: postgres.url })
  console.log('# those of the whole program, on PostgreSQL')
  const onPostgres = await test(ON_BOTH_ENGINES, { TEST_POSTGRES_URL: postgres.url, TEST_ENGINE: 'postgres' })
  passed = onSqlite && onPostgres
} finally {
  await postgres.stop()
}
// Said outright: what the database's package does at the end of a process forgets process.exitCode.
process.exit(passed ? 0 : 1)
