import assert from 'node:assert/strict'
import type { Command } from '../../src/domain/command.ts'
import { COMMANDS } from '../../src/domain/commands.ts'
import { evolve } from '../../src/domain/evolve.ts'
import type { NumberedFact } from '../../src/domain/facts.ts'
import { Refusal } from '../../src/errors.ts'
import { APPID, CALENDAR, NOW } from './given.ts'
import type { Asked } from './random-commands.ts'
import type { MemoryRows } from './rows.ts'

/**
 * Runs one command by the rules alone, without a store, and adds its facts to those before. Every row is frozen, so a
 * rule or a fact that alters one in place throws.
 */
export function live({ command, request }: Asked, rows: MemoryRows, facts: NumberedFact[]) {
  const decide = COMMANDS[command] as Command<unknown, unknown>
  const now = NOW + (rows.merchant()?.clock_offset_s ?? 0)
  let decision
  try {
    decision = decide(request, { appid: APPID, rows, now, calendar: CALENDAR })
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    const { reason, detail, members } = error
    return { refusal: { reason, detail, members } }
  }
  for (const fact of decision.facts) {
    const held = 'code' in fact ? rows.codes(fact.code).find(({ card_id }) => card_id === fact.card_id) : undefined
    const numbered = { ...fact, fact: facts.length + 1, previous: held?.fact ?? null }
    evolve(APPID, rows, numbered)
    facts.push(numbered)
  }
  return { answer: decision.answer }
}
