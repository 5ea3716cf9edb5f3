import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { clock } from '../../src/sandbox/clock.ts'
import { walletEndpoints } from '../../src/wallet/endpoints.ts'
import { wechatEndpoints } from '../../src/wechat/endpoints.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/compatibility.md'), 'utf8')

const told = [...page.matchAll(/^\| ((?:`[^`]+` *)+)\| (works|differs|not there) +\|/gm)].map(
  ([, endpoint, state]) => ({
    endpoint: endpoint!.replaceAll('`', '').trim(),
    state,
  }),
)

test('the compatibility table names just the endpoints that the program has', () => {
  const there = told.filter(({ state }) => state !== 'not there').map(({ endpoint }) => endpoint)
  const has = [...wechatEndpoints, ...walletEndpoints, clock].map(({ methods, path }) => `${methods.join(' ')} ${path}`)
  assert.deepEqual(new Set(there), new Set(has))
})

test('no endpoint stands in the table twice', () => {
  const names = told.map(({ endpoint }) => endpoint)
  assert.equal(new Set(names).size, names.length)
})

test('the path of a wire endpoint is the path of its file', () => {
  const list = readFileSync(join(import.meta.dirname, '../../src/wechat/endpoints.ts'), 'utf8')
  const files = [...list.matchAll(/from '\.(\/[^']+)\.ts'/g)].map(([, file]) => file)
  assert.deepEqual(new Set(files), new Set(wechatEndpoints.map(({ path }) => path)))
})
