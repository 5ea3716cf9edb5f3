import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startServer, withDatabase } from '../support/server.ts'

const ROOT = join(import.meta.dirname, '../..')

for (const file of ['README.md', 'README.zh-CN.md']) {
  test(`the session in ${file} works when it is pasted into a shell`, async () => {
    const readme = readFileSync(join(ROOT, file), 'utf8')
    const session = [...readme.matchAll(/```sh\n(.*?)```/gs)]
      .map(([, block]) => block!)
      .find((block) => block.includes('TOKEN='))
    assert.ok(session)
    const server = await startServer()
    const pasted = session.replace('http://127.0.0.1:8080', server.url)
    const data = await withDatabase({ DATA_DIR: server.data_dir })
    const env = { ...process.env, ...data, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` }
    const { stdout } = await promisify(execFile)('bash', ['-c', pasted], { cwd: ROOT, env })
    await server.stop()

    const answers = stdout.split('\n').filter((line) => line.startsWith('{'))
    const [found, redeemed, again] = answers.map(
      (line) => JSON.parse(line) as { errcode: number; can_consume?: boolean },
    )
    assert.equal(found!.errcode, 0)
    assert.equal(found!.can_consume, true)
    assert.equal(redeemed!.errcode, 0)
    assert.equal(again!.errcode, 40099)
    assert.match(stdout, /code_received.*\n.*code_consumed/)
  })
}
