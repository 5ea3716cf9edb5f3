import { refuse, type ErrorName } from '../errors.ts'
import type { Command } from './command.ts'

/** What a question was answered. */
export type Answered =
  | { answer: unknown }
  | { refusal: { reason: ErrorName; detail: string; members: Readonly<Record<string, string>> } }

/** Answers as it is told to: for a question whose answer is to be kept, since its sender may ask again. */
export const repeatAnswer: Command<Answered, unknown> = (answered) => {
  if ('answer' in answered) return { facts: [], answer: answered.answer }
  const { reason, detail, members } = answered.refusal
  throw refuse(reason, detail, members)
}
