import type { Disk } from './disk.ts'
import { P99_GOAL, type Measured } from './endpoints.ts'
import type { Startup } from './startup.ts'
import type { Syncs } from './syncs.ts'

/** All that one run found. */
export interface Findings {
  codes: number
  endpoints: readonly Measured[]
  syncs: Syncs
  startup: Startup
  disk: Disk
}

const START_GOAL_MS = 500
const DISK_GOAL_MB = 150

export function markdown({ endpoints, syncs, startup, disk }: Findings): string {
  const faults = endpoints.flatMap(({ path, faults }) => faults.map((fault) => `INVALID ${path}: ${fault}`))
  const blocks = [
    table(
      [
        'what',
        'ours /s',
        'echo /s',
        'ratio',
        'goal',
        '',
        'p50',
        'echo p50',
        'p99',
        'echo p99',
        'p99 ratio',
        'goal',
        '',
      ],
      endpoints.map(endpointRow),
    ),
    table(['what', 'measured', 'goal', '', 'beside'], otherRows(syncs, startup, disk)),
    faults.join('\n'),
  ]
  return blocks.filter(Boolean).join('\n\n')
}

function endpointRow({ path, ours, echo, ratio, ratios, p99_ratio, goal, faults }: Measured): string[] {
  const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`
  return [
    `POST ${path}`,
    ours.rate.toFixed(0),
    echo.rate.toFixed(0),
    `**${ratio.toFixed(2)}** (${spread})`,
    `≥ ${goal}`,
    verdict(faults.length === 0 ? ratio >= goal : undefined),
    ms(ours.p50_ms),
    ms(echo.p50_ms),
    ms(ours.p99_ms),
    ms(echo.p99_ms),
    `**${p99_ratio.toFixed(2)}**`,
    `≤ ${P99_GOAL}`,
    verdict(faults.length === 0 ? p99_ratio <= P99_GOAL : undefined),
  ]
}

function otherRows({ alone, together }: Syncs, { ours_ms, fastify_ms, ratio }: Startup, disk: Disk): string[][] {
  const largest = Object.entries(disk.tables).filter(([name, size]) => name !== 'fact' && size >= 1)
  const vacuumed = `${disk.rows_vacuumed.toFixed(0)} MB vacuumed`
  const tables = largest.map(([name, size]) => `${name} ${size.toFixed(0)}`).join(', ')
  return [
    [
      'syncs for each consume, one connection',
      (alone.syncs / alone.answers).toFixed(2),
      '≥ 1',
      verdict(alone.syncs >= alone.answers),
      `${alone.syncs} syncs, ${alone.answers} answers`,
    ],
    [
      'consumes for each sync, 64 connections, under strace',
      together.answers_a_sync.toFixed(1),
      '',
      '',
      `${together.syncs} syncs, ${together.answers} answers`,
    ],
    [
      'start to readiness',
      ms(ours_ms),
      `≤ ${START_GOAL_MS} ms`,
      verdict(ours_ms <= START_GOAL_MS),
      `bare Fastify ${ms(fastify_ms)}: ratio ${ratio.toFixed(2)}`,
    ],
    [
      'disk for a million codes beyond their facts',
      `${disk.rows.toFixed(0)} MB`,
      `≤ ${DISK_GOAL_MB} MB`,
      verdict(disk.rows <= DISK_GOAL_MB),
      `${vacuumed}; ${tables}; facts ${disk.facts.toFixed(0)} MB more; all files ${disk.files.toFixed(0)} MB`,
    ],
  ]
}

const verdict = (met: boolean | undefined): string => (met === undefined ? 'INVALID' : met ? 'met' : 'NOT met')

const ms = (milliseconds: number): string => `${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)} ms`

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
