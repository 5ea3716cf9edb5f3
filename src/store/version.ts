export class NewerDatabase extends Error {}

/** Tells the version that is stored. @throws NewerDatabase where the database is ahead of this program. */
export function checkVersion(stored: number, known: number): number {
  if (stored <= known) return stored
  throw new NewerDatabase(`the database has version ${stored}, this program knows ${known}: it needs a newer program`)
}
