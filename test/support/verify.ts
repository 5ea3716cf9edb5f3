import assert from 'node:assert/strict'
import { runCli } from './server.ts'

/** Asserts that `kaquan verify` finds nothing wrong with a server's data, whether it runs or not. */
export async function assertClean({ data_dir }: { data_dir: string }): Promise<void> {
  const { code, stdout, stderr } = await runCli(['verify', '--json'], { DATA_DIR: data_dir })
  assert.notEqual(stdout, '', stderr)
  const { clean, differences } = JSON.parse(stdout) as { clean: boolean; differences: string[] }
  assert.deepEqual(differences, [])
  assert.equal(clean, true)
  assert.equal(code, 0)
}
