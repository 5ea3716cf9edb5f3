import type { DatabaseSync } from 'node:sqlite'

type Ask = <Answer>(question: () => Answer) => Promise<Answer>

/**
 * Answers what was asked in one turn of the event loop together, in one read transaction: under load this doubles what
 * a connection can answer, since a transaction is opened, and the sockets are written, once for many.
 *
 * @param onTurn called when a turn's transaction begins: what was read before may be old
 */
export function answeringByTurn(db: DatabaseSync, onTurn: () => void): Ask {
  let asked: (() => void)[] = []

  function answerAll(): void {
    const now = asked
    asked = []
    onTurn()
    db.exec('begin')
    for (const answer of now) answer()
    db.exec('commit')
  }

  return (question) =>
    new Promise((resolve, reject) => {
      const answer = (): void => {
        try {
          resolve(question())
        } catch (error) {
          reject(error)
        }
      }
      if (asked.push(answer) === 1) setImmediate(answerAll)
    })
}
