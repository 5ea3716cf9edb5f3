export class NewerDatabase extends Error {}

/** Gives back the stored version. @throws NewerDatabase if the database is ahead of this program */
export function checkVersion(stored: number, known: number): number {
  if (stored <= known) return stored
  throw new NewerDatabase(`the database has version ${stored}, this program knows ${known}: it needs a newer program`)
}
