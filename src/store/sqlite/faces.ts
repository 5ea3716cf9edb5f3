import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Face } from '../../shape/card/card.ts'

const REMEMBERED_FACES = 10_000

/** Faces are wide and rarely change: each version is parsed once, for one connection. */
export class Faces {
  readonly #select: StatementSync
  readonly #known = new Map<string, { version: number; face: Face }>()

  constructor(db: DatabaseSync) {
    this.#select = db.prepare('select face from face where merchant = ? and card = ?')
  }

  of(merchant: number, card: number, version: number): Face {
    const key = `${merchant}:${card}`
    const known = this.#known.get(key)
    if (known?.version === version) return known.face
    const { face: json } = this.#select.get(merchant, card) as { face: string }
    const face = JSON.parse(json) as Face
    if (this.#known.size >= REMEMBERED_FACES) this.#known.clear()
    this.#known.set(key, { version, face })
    return face
  }
}
