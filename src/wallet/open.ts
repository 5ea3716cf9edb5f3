import { nowOf } from '../clock.ts'
import { statusOf, validityOf } from '../domain/code/status.ts'
import type { CardRow } from '../domain/rows.ts'
import { Refusal, refuse } from '../errors.ts'
import { appidOfTicket, secretHash } from '../id.ts'
import type { Endpoint, ReadRequest, Services } from '../server/endpoint.ts'
import { languageOf, offerPage, refusalPage, walletPage, type Language } from './page.ts'

/** Where links and QR codes lead: to a holder's wallet, or to a card that waits to be received. */
export const open: Endpoint = {
  path: '/wallet/open',
  methods: ['GET'],
  media_type: 'text/html; charset=utf-8',
  async answer(request, services) {
    const language = languageOf(request.headers['accept-language'])
    return Buffer.from(await pageOf(request, services, language))
  },
}

async function pageOf({ query }: ReadRequest, services: Services, language: Language): Promise<string> {
  const { session, ticket, gift_ticket } = query
  try {
    if (typeof session === 'string') return await openWallet(session, services, language)
    if (typeof ticket === 'string') return offerPage(await offered(ticket, services), language)
    if (typeof gift_ticket === 'string') return offerPage([await given(gift_ticket, services)], language)
    throw refuse('invalidCardExt')
  } catch (error) {
    if (error instanceof Refusal && error.reason !== 'systemError') return refusalPage(language)
    throw error
  }
}

async function openWallet(
  session: string,
  { ledger, store, time_zone }: Services,
  language: Language,
): Promise<string> {
  const appid = appidOfTicket(session)
  const { openid } = await ledger.commit(appid, 'useSession', { session_hash: secretHash(session) })
  const now = nowOf((await store.merchant(appid))!)
  const codes = await store.codesOfHolder(appid, openid, undefined)
  const shown = codes.map(({ held, card }) => {
    const status = statusOf(held, card.face, now)
    return { code: held.code, face: card.face, status, ...validityOf(held, card.face) }
  })
  return walletPage(shown, { language, time_zone, now })
}

async function offered(ticket: string, { store }: Services): Promise<CardRow[]> {
  const appid = appidOfTicket(ticket)
  const merchant = await store.merchant(appid)
  const row = await store.ticket(appid, ticket)
  if (!merchant || !row || row.used || nowOf(merchant) > row.expire_time) throw refuse('invalidCardExt')
  const cards = await Promise.all(row.offers.map(({ card_id }) => store.card(appid, card_id)))
  const living = cards.filter((card) => card !== undefined && card.status !== 'CARD_STATUS_DELETE')
  if (living.length === 0) throw refuse('invalidCardStatus')
  return living as CardRow[]
}

async function given(gift_ticket: string, { store }: Services): Promise<CardRow> {
  const appid = appidOfTicket(gift_ticket)
  const merchant = await store.merchant(appid)
  const found = await store.codeOfGift(appid, gift_ticket)
  if (!merchant || !found) throw refuse('invalidCardExt')
  if (statusOf(found.held, found.card.face, nowOf(merchant)) !== 'GIFTING') throw refuse('invalidUserCardStatus')
  return found.card
}
