import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'

/** Who may know whom. A part may always import from itself; types-only imports count like any other. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  errors: [],
  clock: [],
  id: [],
  'database-url': [],
  config: ['clock', 'database-url'],
  shape: ['errors'],
  domain: ['errors', 'clock', 'shape'],
  store: ['domain', 'shape', 'database-url'],
  statistics: ['domain', 'store', 'errors', 'clock'],
  ledger: ['domain', 'statistics', 'store', 'errors', 'clock'],
  jobs: ['ledger', 'store', 'clock'],
  server: ['domain', 'jobs', 'ledger', 'store', 'shape', 'errors', 'clock', 'id'],
  wechat: ['domain', 'statistics', 'store', 'server', 'shape', 'errors', 'clock', 'id'],
  wallet: ['domain', 'server', 'shape', 'errors', 'clock', 'id'],
  sandbox: ['domain', 'server', 'shape', 'errors'],
  demo: ['domain', 'ledger', 'shape', 'clock', 'id', 'config'],
  main: ['wechat', 'wallet', 'sandbox', 'server', 'jobs', 'ledger', 'store', 'demo', 'config', 'clock'],
  cli: ['main', 'domain', 'jobs', 'shape', 'server', 'ledger', 'store', 'errors', 'clock', 'id', 'config'],
}

const SRC = join(import.meta.dirname, '../../src')

const partOf = (file: string): string => relative(SRC, file).split('/')[0]!.replace(/\.ts$/, '')

const sources = (pattern: string): string[] =>
  globSync(pattern, { cwd: SRC }).filter((file) => !file.endsWith('.test.ts'))

const imports = sources('**/*.ts').flatMap((file) => {
  const from = join(SRC, file)
  const text = readFileSync(from, 'utf8')
  return [...text.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(([, to]) => ({
    from,
    to: join(dirname(from), to!),
  }))
})

test('each part of the program imports only from the parts it may know', () => {
  const broken = imports
    .filter(({ from, to }) => partOf(from) !== partOf(to) && !MAY_IMPORT[partOf(from)]?.includes(partOf(to)))
    .map(({ from, to }) => `${relative(SRC, from)} imports ${relative(SRC, to)}`)
  assert.deepEqual(broken, [])
})

const ENGINES = ['/store/sqlite/', '/store/postgres/']

test('only the file that opens stores knows which engine runs', () => {
  const knowing = imports
    .filter(({ from, to }) => ENGINES.some((engine) => to.includes(engine) && !from.includes(engine)))
    .map(({ from }) => relative(SRC, from))
  assert.deepEqual([...new Set(knowing)], ['store/open.ts'])
})

test('rules have no clock, no chance and no input of their own', () => {
  const impure = sources('domain/**/*.ts').filter((file) =>
    /from 'node:(?!assert)|Date\.now|new Date\(\)|systemNow|Math\.random|process\./.test(
      readFileSync(join(SRC, file), 'utf8'),
    ),
  )
  assert.deepEqual(impure, [])
})
