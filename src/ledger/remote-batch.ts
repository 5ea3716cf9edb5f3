import { setTimeout as delay } from 'node:timers/promises'
import { TryAgain, UnknownOutcome, type RemoteWriter } from '../store/store.ts'
import { Wanted } from '../store/wanted.ts'
import { faultOf, run, type JudgeTools, type Outcome, type Waiting } from './batch.ts'
import { ifLoaded, onRemoteRows } from './remote-rows.ts'
import type { WorkingRows } from './working-rows.ts'

export interface RemoteTools extends JudgeTools {
  writer: RemoteWriter
}

/** How often a batch is retried after a conflict, and how long while the database is unreachable. */
const CONFLICTS = 5
const PATIENCE_MS = 10_000

/**
 * Like commitBatch, for the commands of one merchant and a remote database. If that is unreachable for a moment, they
 * wait for it.
 */
export async function commitRemotely(batch: readonly Waiting[], tools: RemoteTools): Promise<Outcome[]> {
  const patience = Date.now() + PATIENCE_MS
  for (let tries = 1; ; tries++) {
    try {
      return await commitOnce(batch, tools)
    } catch (error) {
      const isUnknown = error instanceof UnknownOutcome
      const isAway = error instanceof TryAgain && !error.isConflict
      if (isAway && Date.now() < patience) await delay(Math.min(10 * 2 ** tries, 500))
      else if (error instanceof TryAgain && !isAway && tries < CONFLICTS) continue
      else if (isUnknown || isAway || batch.length === 1)
        return batch.map(({ id }) => ({ id, ...faultOf(error, isUnknown) }))
      else return commitEach(batch, tools)
    }
  }
}

async function commitEach(batch: readonly Waiting[], tools: RemoteTools): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const one of batch) outcomes.push(...(await commitRemotely([one], tools)))
  return outcomes
}

const commitOnce = (batch: readonly Waiting[], tools: RemoteTools): Promise<Outcome[]> =>
  onRemoteRows(tools.writer, batch[0]!.appid, wantedBy(batch), judgeOf(batch, tools))

export const judgeOf =
  (batch: readonly Waiting[], tools: JudgeTools) =>
  (rows: WorkingRows): Outcome[] =>
    batch.flatMap((waiting) => ifLoaded(() => run(waiting, rows, tools)) ?? [])

/** The rows that requests name: nearly always all that rules ask for. */
export function wantedBy(batch: readonly Waiting[]): Wanted {
  const wanted = new Wanted()
  for (const { request, once } of batch) {
    const { card_id, openid, code, codes, fresh_codes, gift_ticket, ticket } = request as Record<string, unknown>
    if (isName(card_id)) wanted.cards.add(card_id)
    if (isName(card_id) && isName(openid)) wanted.holding(card_id, openid)
    if (isName(code)) wanted.codes.add(code)
    else if (Array.isArray(fresh_codes) && isName(fresh_codes[0])) wanted.codes.add(fresh_codes[0])
    if (Array.isArray(codes)) for (const one of codes) wantCode(wanted, one, card_id)
    if (isName(gift_ticket)) wanted.gifts.add(gift_ticket)
    if (isName(ticket)) wanted.tickets.add(ticket)
    if (once) wanted.replies.add(once.key)
  }
  return wanted
}

/** One of many codes that a request names: to be deposited for its card, or with a card of its own. */
function wantCode(wanted: Wanted, one: unknown, card_id: unknown): void {
  if (isName(one)) {
    wanted.codes.add(one)
    if (isName(card_id)) wanted.deposited(card_id, one)
  } else {
    const { code, card_id } = one as Record<string, unknown>
    if (isName(code)) wanted.codes.add(code)
    if (isName(card_id)) wanted.cards.add(card_id)
  }
}

const isName = (value: unknown): value is string => typeof value === 'string'
