import type { CardRow } from '../../domain/rows.ts'
import type { Face } from '../../shape/card/card.ts'
import { CARD_COLUMNS, cardRow, columnsOf, type CardRecord } from '../rows.ts'
import type { Connection, Database } from './connect.ts'

const REMEMBERED_FACES = 10_000

/** Selects the card again, so that a face and its version are of one moment. */
const SELECT = `
  select ${columnsOf(CARD_COLUMNS, 'k')}, f.face
    from card k join face f on f.merchant = k.merchant and f.card = k.card
   where k.merchant = $1 and k.card = any($2::integer[])`

/** Faces are wide and rarely change: each version is fetched and parsed once. */
export class Faces {
  readonly #known = new Map<string, { version: number; face: Face }>()

  /** Cards with their faces, by their numbers. */
  async cardsOf(
    asker: Database | Connection,
    merchant: number,
    records: readonly CardRecord[],
  ): Promise<Map<number, CardRow>> {
    const cards = new Map<number, CardRow>()
    const missing: number[] = []
    for (const record of records) {
      const known = this.#known.get(`${merchant}:${record.card}`)
      if (known?.version === record.version) cards.set(record.card, cardRow(record, known.face))
      else missing.push(record.card)
    }
    if (missing.length > 0) await this.#fetch(asker, merchant, missing, cards)
    return cards
  }

  async #fetch(
    asker: Database | Connection,
    merchant: number,
    numbers: readonly number[],
    cards: Map<number, CardRow>,
  ): Promise<void> {
    const records = await asker.ask<CardRecord & { face: string }>(SELECT, [merchant, numbers])
    if (this.#known.size >= REMEMBERED_FACES) this.#known.clear()
    for (const { face: json, ...record } of records) {
      const face = JSON.parse(json) as Face
      this.#known.set(`${merchant}:${record.card}`, { version: record.version, face })
      cards.set(record.card, cardRow(record, face))
    }
  }
}
