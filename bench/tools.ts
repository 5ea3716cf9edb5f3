import { spawnSync } from 'node:child_process'

const NEEDED = ['wrk', 'strace']

/** The programs that the benchmark drives; as root on Debian it installs those that are not there. */
export function needTools(): void {
  if (missing().length > 0 && process.getuid?.() === 0 && isThere('apt-get')) install(missing())
  const absent = missing()
  if (absent.length > 0) throw new Error(`${absent.join(' and ')} not found: apt-get install ${absent.join(' ')}`)
}

const missing = (): string[] => NEEDED.filter((tool) => !isThere(tool))

const isThere = (tool: string): boolean => !spawnSync(tool, ['--version']).error

function install(packages: readonly string[]): void {
  process.stderr.write(`installing ${packages.join(' and ')}\n`)
  spawnSync('apt-get', ['update', '-qq'])
  spawnSync('apt-get', ['install', '-y', '-qq', ...packages])
}
