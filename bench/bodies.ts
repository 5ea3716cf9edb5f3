import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'

/** Bodies of requests in a file, one a line and all of one length, taken in turn. */
export interface Bodies {
  file: string
  count: number
  /** Bytes of a line, with its end. */
  width: number
  taken: number
}

export function writeBodies(file: string, bodies: readonly object[]): Bodies {
  const lines = bodies.map((body) => `${JSON.stringify(body)}\n`)
  const width = lines[0]!.length
  if (lines.some((line) => line.length !== width)) throw new Error('bodies differ in length')
  writeFileSync(file, lines.join(''))
  return { file, count: lines.length, width, taken: 0 }
}

export function takeBodies(bodies: Bodies, count: number): unknown[] {
  const bytes = Buffer.alloc(count * bodies.width)
  const file = openSync(bodies.file, 'r')
  const read = readSync(file, bytes, 0, bytes.length, bodies.taken * bodies.width)
  closeSync(file)
  if (read < bytes.length) throw new Error(`${bodies.file} has too few bodies left`)
  bodies.taken += count
  return bytes
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}
