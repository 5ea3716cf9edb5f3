import { refuse } from '../../errors.ts'
import type { Command } from '../command.ts'

/** How long a link to the wallet lasts. */
const LINK_LIFE_S = 300

export interface OpenSession {
  /**
   * Made by the caller, new. Only its hash is kept, but under an Idempotency-Key the reply that is kept holds the link.
   */
  session: string
  session_hash: string
  openid: string
}

/** Makes a link that opens the wallet as a holder, once. Like tokens, such links are no facts. */
export const openSession: Command<OpenSession, { session: string }> = ({ session, session_hash, openid }, { now }) => ({
  facts: [],
  answer: { session },
  sessions: { put: [{ session_hash, openid, expires_at: now + LINK_LIFE_S }], drop: [] },
})

/** Opens the wallet with a link, which ends with that. */
export const useSession: Command<{ session_hash: string }, { openid: string }> = ({ session_hash }, { rows, now }) => {
  const session = rows.session(session_hash)
  if (!session || now > session.expires_at) throw refuse('invalidCardExt', 'the link is over')
  return { facts: [], answer: { openid: session.openid }, sessions: { put: [], drop: [session_hash] } }
}
