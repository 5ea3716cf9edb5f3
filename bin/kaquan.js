#!/usr/bin/env node
// Plain JavaScript without newer syntax, so that an old Node can read as far as the sentence that turns it away.
import module from 'node:module'
import process from 'node:process'

const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(
    `kaquan needs Node 24.15 or newer, this is ${process.versions.node}: run it through npm (npm start, npx kaquan), which brings one\n`,
  )
  process.exitCode = 1
} else {
  const { directory } = module.enableCompileCache()
  // The threads are told by the environment.
  if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory
  const { run } = await import('../src/cli/run.ts')
  await run(process.argv)
}
