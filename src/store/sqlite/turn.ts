import type { DatabaseSync } from 'node:sqlite'

type Ask = <Answer>(question: () => Answer) => Promise<Answer>

/**
 * Answers what was asked in one turn of the event loop in one read transaction. Under load this doubles what a
 * connection can answer, since opening the transaction and writing the sockets happen once for many.
 *
 * @param onTurn called when the transaction of a turn begins: what was read before may be stale
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
