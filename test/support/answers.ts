import type { Answer } from './client.ts'

/** How many of the answers bear each errcode. */
export function countErrcodes(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { errcode } of answers) counts[errcode] = (counts[errcode] ?? 0) + 1
  return counts
}

export const isDone = ({ errcode }: Answer): boolean => errcode === 0

/** Starts all of them before any has ended. */
export const together = <Result>(times: number, act: (place: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: times }, (_, place) => act(place)))
