import assert from 'node:assert/strict'
import type { NumberedFact } from './facts.ts'
import { changeFace } from '../shape/card/card.ts'
import { isDeposited } from './card/codes.ts'
import { changeHolding } from './holder/holding.ts'
import type { CardRow, ChangingRows, CodeRow, MerchantRow } from './rows.ts'

type FactOf<Kind extends NumberedFact['kind']> = Extract<NumberedFact, { kind: Kind }>

/** Brings one fact into the rows. Nothing else changes rows, so replaying all facts must give the same rows again. */
export function evolve(appid: string, rows: ChangingRows, fact: NumberedFact): void {
  switch (fact.kind) {
    case 'merchant_created':
      return rows.putMerchant({ appid, ...fact.detail, white_list: { openids: [], usernames: [] } })
    case 'merchant_changed':
      return changeMerchant(rows, ({ settings }) => ({ settings: { ...settings, ...fact.detail.settings } }))
    case 'secret_changed':
    case 'clock_moved':
      return changeMerchant(rows, () => fact.detail)
    case 'white_list_set':
      return changeMerchant(rows, () => ({ white_list: fact.detail }))
    case 'card_created':
      return rows.putCard(newCard(fact))
    case 'card_approved':
      return changeCard(rows, fact, () => ({
        status: 'CARD_STATUS_VERIFY_OK',
        refuse_reason: null,
        update_time: fact.at,
      }))
    case 'card_refused':
      return changeCard(rows, fact, () => ({
        status: 'CARD_STATUS_VERIFY_FAIL',
        refuse_reason: fact.detail.reason,
        update_time: fact.at,
      }))
    case 'card_deleted':
      return changeCard(rows, fact, () => ({ status: 'CARD_STATUS_DELETE', update_time: fact.at }))
    case 'card_updated':
      return updateCard(rows, fact)
    case 'cells_set':
      return changeCard(rows, fact, ({ face, version }) => ({
        face: { ...face, cells: fact.detail.cells },
        version: version + 1,
        update_time: fact.at,
      }))
    case 'card_viewed':
      return
    case 'codes_deposited':
      return depositCodes(rows, fact)
    case 'stock_changed':
      return changeCard(rows, fact, ({ quantity, total_quantity }) => ({
        quantity: quantity + fact.quantity,
        total_quantity: total_quantity + fact.quantity,
      }))
    case 'code_received':
      return receiveCode(rows, fact)
    case 'code_consumed':
      changeHolding(rows, fact, { consumed: 1 })
      return changeCode(rows, fact, { status: 'CONSUMED' })
    case 'code_made_unavailable':
      return changeCode(rows, fact, { status: 'UNAVAILABLE' })
    case 'code_changed':
      return renumberCode(rows, fact)
    case 'member_activated':
      return activateMember(rows, fact)
    case 'code_expired':
      return expireCode(rows, fact)
    case 'gift_begun':
      return changeCode(rows, fact, { status: 'GIFTING', ...fact.detail })
    case 'gift_accepted':
      return acceptGift(rows, fact)
    case 'gift_returned':
    case 'code_restored':
      return changeCode(rows, fact, { status: 'NORMAL' })
    case 'code_deleted':
      return changeCode(rows, fact, { status: 'DELETE' })
    case 'ticket_created':
      return rows.putTicket({ ...fact.detail, used: false })
    case 'ticket_used':
      return useTicket(rows, fact)
  }
}

function changeMerchant(rows: ChangingRows, change: (row: MerchantRow) => Partial<MerchantRow>): void {
  const row = rows.merchant()
  assert(row, 'a fact about a merchant that does not exist')
  rows.putMerchant({ ...row, ...change(row) })
}

function newCard({ card_id, at, quantity, detail }: FactOf<'card_created'>): CardRow {
  return {
    card_id,
    status: 'CARD_STATUS_NOT_VERIFY',
    source: detail.source,
    quantity,
    total_quantity: quantity,
    deposited: 0,
    create_time: at,
    update_time: at,
    refuse_reason: null,
    face: detail.face,
    version: 1,
  }
}

function changeCard(
  rows: ChangingRows,
  { card_id }: { card_id: string },
  change: (row: CardRow) => Partial<CardRow>,
): void {
  const row = rows.card(card_id)
  assert(row, `a fact about a card that does not exist: ${card_id}`)
  rows.putCard({ ...row, ...change(row) })
}

function updateCard(rows: ChangingRows, { card_id, at, detail }: FactOf<'card_updated'>): void {
  changeCard(rows, { card_id }, ({ face, version }) => ({
    face: changeFace(face, detail.changes),
    ...(detail.send_check && { status: 'CARD_STATUS_NOT_VERIFY', refuse_reason: null }),
    update_time: at,
    version: version + 1,
  }))
}

function depositCodes(rows: ChangingRows, fact: FactOf<'codes_deposited'>): void {
  const { card_id, quantity, detail } = fact
  const { deposited } = rows.card(card_id)!
  changeCard(rows, fact, () => ({ deposited: deposited + quantity }))
  for (const [index, code] of detail.codes.entries()) rows.putPooled({ card_id, code, place: deposited + index + 1 })
}

function receiveCode(rows: ChangingRows, fact: FactOf<'code_received'>): void {
  changeCard(rows, fact, ({ quantity }) => ({ quantity: quantity - 1 }))
  changeHolding(rows, fact, { codes: 1, received: 1 })
  rows.putCode(newCode(fact))
  if (isDeposited(rows.card(fact.card_id)!.face)) takeFromPool(rows, fact)
}

function takeFromPool(rows: ChangingRows, { card_id, code }: FactOf<'code_received'>): void {
  const row = rows.pooled(card_id, code)
  assert(row, `a code was received that was not deposited: ${code} of ${card_id}`)
  rows.dropPooled(row)
}

function newCode({ code, card_id, openid, begin_time, end_time, outer_str, fact }: FactOf<'code_received'>): CodeRow {
  return { code, card_id, openid, status: 'NORMAL', begin_time, end_time, outer_str, ...NO_GIFT, fact }
}

const NO_GIFT = { gift_ticket: null, gift_expire_time: null }

interface AboutCode {
  code: string
  card_id: string
  fact: number
}

function findCode(rows: ChangingRows, { code, card_id }: AboutCode): CodeRow {
  const row = rows.codes(code).find((held) => held.card_id === card_id)
  assert(row, `a fact about a code that does not exist: ${code} of ${card_id}`)
  return row
}

/**
 * Changes a code. That ends the gift it was on its way with; only expiry and a new number keep it, and are done
 * elsewhere.
 */
function changeCode(rows: ChangingRows, about: AboutCode, change: Partial<CodeRow>): void {
  rows.putCode({ ...findCode(rows, about), ...NO_GIFT, ...change, fact: about.fact })
}

/**
 * Keeps the gift: expiry is found some time after it happens, and whoever comes with the ticket must get the same
 * answer before and after.
 */
function expireCode(rows: ChangingRows, about: FactOf<'code_expired'>): void {
  rows.putCode({ ...findCode(rows, about), status: 'EXPIRE', fact: about.fact })
}

function activateMember(rows: ChangingRows, about: FactOf<'member_activated'>): void {
  const { begin_time, end_time } = about
  changeCode(rows, about, { status: 'NORMAL', ...(begin_time !== null && { begin_time, end_time }) })
}

function renumberCode(rows: ChangingRows, about: FactOf<'code_changed'>): void {
  const row = findCode(rows, about)
  rows.dropCode(row)
  rows.putCode({ ...row, code: about.detail.new_code, fact: about.fact })
}

/**
 * A custom code moves with its number; a generated one stays with the giver, marked as given, and the friend gets a new
 * one.
 */
function acceptGift(rows: ChangingRows, about: FactOf<'gift_accepted'>): void {
  const { card_id, fact, detail } = about
  const row = findCode(rows, about)
  changeHolding(rows, { card_id, openid: detail.friend }, { codes: 1 })
  if (detail.new_code !== undefined) changeCode(rows, about, { status: 'GIFT_SUCC' })
  else changeHolding(rows, row, { codes: -1 })
  rows.putCode({ ...row, ...NO_GIFT, code: detail.new_code ?? row.code, openid: detail.friend, status: 'NORMAL', fact })
}

function useTicket(rows: ChangingRows, { detail: { ticket } }: FactOf<'ticket_used'>): void {
  const row = rows.ticket(ticket)
  assert(row, 'a fact about a ticket that does not exist')
  rows.putTicket({ ...row, used: true })
}
