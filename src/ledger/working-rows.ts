import type { NumberedFact } from '../domain/facts.ts'
import type { CardRow, ChangingRows, CodeRow, HoldingRow, MerchantRow, TokenRow } from '../domain/rows.ts'
import type { Changes, RowLoader } from '../store/store.ts'

interface Kept<Row> {
  row: Row
  /** Not in the store before. */
  added: boolean
  changed: boolean
}

/**
 * The rows of one merchant during one transaction: each is loaded when it is first asked for, and what facts make of it
 * is seen by the commands that follow.
 */
export class WorkingRows implements ChangingRows {
  readonly #load: RowLoader
  #merchant: Kept<MerchantRow | undefined> | undefined
  readonly #cards = new Map<string, (Kept<CardRow> & { loadedVersion: number }) | undefined>()
  readonly #codes = new Map<string, Kept<CodeRow>[]>()
  readonly #holdings = new Map<string, Kept<HoldingRow>>()
  #tokens: readonly TokenRow[] | undefined
  readonly #tokenChanges: { put: readonly TokenRow[]; drop: readonly string[] }[] = []
  readonly #facts: NumberedFact[] = []
  #lastFact: number | undefined

  constructor(load: RowLoader) {
    this.#load = load
  }

  merchant(): MerchantRow | undefined {
    if (!this.#merchant) {
      const row = this.#load.merchant()
      this.#merchant = { row, added: row === undefined, changed: false }
    }
    return this.#merchant.row
  }

  card(card_id: string): CardRow | undefined {
    if (!this.#cards.has(card_id)) {
      const row = this.#load.card(card_id)
      this.#cards.set(card_id, row && { row, added: false, changed: false, loadedVersion: row.version })
    }
    return this.#cards.get(card_id)?.row
  }

  codes(code: string): readonly CodeRow[] {
    return this.#codesOf(code).map(({ row }) => row)
  }

  holding(card_id: string, openid: string): HoldingRow {
    return this.#holdingOf(card_id, openid).row
  }

  tokens(): readonly TokenRow[] {
    return (this.#tokens ??= this.#load.tokens())
  }

  /** The number that the merchant's next fact will have. */
  nextFact(): number {
    return (this.#lastFact ??= this.#load.lastFact()) + 1
  }

  putMerchant(row: MerchantRow): void {
    this.merchant()
    this.#merchant = { row, added: this.#merchant!.added, changed: true }
  }

  putCard(row: CardRow): void {
    this.card(row.card_id)
    const kept = this.#cards.get(row.card_id)
    this.#cards.set(row.card_id, {
      row,
      added: kept?.added ?? true,
      changed: true,
      loadedVersion: kept?.loadedVersion ?? 0,
    })
  }

  putCode(row: CodeRow): void {
    const kept = this.#codesOf(row.code)
    const place = kept.find((one) => one.row.card_id === row.card_id)
    if (place) replace(place, row)
    else kept.push({ row, added: true, changed: true })
  }

  putHolding(row: HoldingRow): void {
    replace(this.#holdingOf(row.card_id, row.openid), row)
  }

  changeTokens(change: { put: readonly TokenRow[]; drop: readonly string[] }): void {
    const gone = new Set([...change.drop, ...change.put.map(({ token_hash }) => token_hash)])
    this.#tokens = [...this.tokens().filter(({ token_hash }) => !gone.has(token_hash)), ...change.put]
    this.#tokenChanges.push(change)
  }

  addFact(fact: NumberedFact): void {
    this.#facts.push(fact)
    this.#lastFact = fact.fact
  }

  changes(): Changes {
    const merchant = this.#merchant
    return {
      ...(merchant?.changed && { merchant: { row: merchant.row!, added: merchant.added } }),
      cards: [...this.#cards.values()].flatMap((kept) =>
        kept?.changed
          ? [{ row: kept.row, added: kept.added, faceChanged: kept.row.version !== kept.loadedVersion }]
          : [],
      ),
      codes: [...this.#codes.values()].flat().filter(isChanged),
      holdings: [...this.#holdings.values()].filter(isChanged),
      facts: this.#facts,
      tokens: this.#tokenChanges,
    }
  }

  #codesOf(code: string): Kept<CodeRow>[] {
    let kept = this.#codes.get(code)
    if (!kept) {
      kept = this.#load.codes(code).map((row) => ({ row, added: false, changed: false }))
      this.#codes.set(code, kept)
    }
    return kept
  }

  #holdingOf(card_id: string, openid: string): Kept<HoldingRow> {
    const key = `${card_id} ${openid}`
    let kept = this.#holdings.get(key)
    if (!kept) {
      const row = this.#load.holding(card_id, openid)
      kept = { row: row ?? { card_id, openid, received: 0, consumed: 0 }, added: row === undefined, changed: false }
      this.#holdings.set(key, kept)
    }
    return kept
  }
}

function replace<Row>(kept: Kept<Row>, row: Row): void {
  kept.row = row
  kept.changed = true
}

const isChanged = ({ changed }: { changed: boolean }): boolean => changed
