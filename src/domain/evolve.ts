import assert from 'node:assert/strict'
import type { NumberedFact } from './facts.ts'
import type { CardRow, ChangingRows, CodeRow, MerchantRow } from './rows.ts'

type FactOf<Kind extends NumberedFact['kind']> = Extract<NumberedFact, { kind: Kind }>

/** Brings one fact into the rows. Nothing else changes rows, so replaying all facts must give the same rows again. */
export function evolve(appid: string, rows: ChangingRows, fact: NumberedFact): void {
  switch (fact.kind) {
    case 'merchant_created':
      return rows.putMerchant({ appid, ...fact.detail })
    case 'merchant_changed':
      return changeMerchant(rows, ({ settings }) => ({ settings: { ...settings, ...fact.detail.settings } }))
    case 'secret_changed':
    case 'clock_moved':
      return changeMerchant(rows, () => fact.detail)
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
    case 'card_viewed':
      return
    case 'stock_changed':
      return changeCard(rows, fact, ({ quantity, total_quantity }) => ({
        quantity: quantity + fact.quantity,
        total_quantity: total_quantity + fact.quantity,
      }))
    case 'code_received':
      changeCard(rows, fact, ({ quantity }) => ({ quantity: quantity - 1 }))
      count(rows, fact, 'received')
      return rows.putCode(newCode(fact))
    case 'code_consumed':
      changeCode(rows, fact, { status: 'CONSUMED' })
      return count(rows, fact, 'consumed')
    case 'code_made_unavailable':
      return changeCode(rows, fact, { status: 'UNAVAILABLE' })
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

function newCode({ code, card_id, openid, begin_time, end_time, outer_str, fact }: FactOf<'code_received'>): CodeRow {
  return { code, card_id, openid, status: 'NORMAL', begin_time, end_time, outer_str, fact }
}

function changeCode(
  rows: ChangingRows,
  { code, card_id, fact }: { code: string; card_id: string; fact: number },
  change: Partial<CodeRow>,
): void {
  const row = rows.codes(code).find((held) => held.card_id === card_id)
  assert(row, `a fact about a code that does not exist: ${code} of ${card_id}`)
  rows.putCode({ ...row, ...change, fact })
}

function count(
  rows: ChangingRows,
  { card_id, openid }: { card_id: string; openid: string },
  what: 'received' | 'consumed',
): void {
  const row = rows.holding(card_id, openid)
  rows.putHolding({ ...row, [what]: row[what] + 1 })
}
