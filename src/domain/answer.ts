import { refuse, type ErrorName, type Refusal } from '../errors.ts'
import type { Command } from './command.ts'

/** The answer to a question, as plain values that cross threads and can be kept. */
export type Answered =
  | { answer: unknown }
  | { refusal: { reason: ErrorName; detail: string; members: Readonly<Record<string, string>> } }

export const refusalOf = ({ reason, detail, members }: Refusal): Answered => ({ refusal: { reason, detail, members } })

/** Turns it back into what was returned or thrown. */
export function unpack(answered: Answered): unknown {
  if ('answer' in answered) return answered.answer
  const { reason, detail, members } = answered.refusal
  throw refuse(reason, detail, members)
}

/** Answers as it is told to: for a question whose answer must be kept, since its sender may ask again. */
export const repeatAnswer: Command<Answered, unknown> = (answered) => ({ facts: [], answer: unpack(answered) })
