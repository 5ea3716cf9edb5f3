export class NewerDatabase extends Error {}

/** Gives back the stored version. @throws NewerDatabase if the database is ahead of this program */
export function checkVersion(stored: number, known: number): number {
  if (stored <= known) return stored
  throw new NewerDatabase(`the database has version ${stored}, this program knows ${known}: it needs a newer program`)
}

/** For those who only read, and so cannot upgrade the database. @throws an error if it is behind this program */
export function checkUpgraded(stored: number, known: number): void {
  if (stored >= known) return
  throw new Error(`the database has version ${stored}, this program needs ${known}: starting the server upgrades it`)
}
