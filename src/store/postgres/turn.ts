/** How many statements may be under way for one question; whoever asks meanwhile is answered by the next. */
const AT_ONCE = 2

/**
 * Answers a question asked several times in one turn of the event loop with one statement: under load, most of the cost
 * of a read is the round trip.
 *
 * @param answerAll answers many keys, in order
 */
export function answeringByTurn<Key, Answer>(
  answerAll: (keys: readonly Key[]) => Promise<readonly Answer[]>,
): (key: Key) => Promise<Answer> {
  let asked: { key: Key; settled: PromiseWithResolvers<Answer> }[] = []
  let underWay = 0

  async function answer(): Promise<void> {
    if (asked.length === 0 || underWay === AT_ONCE) return
    const now = asked
    asked = []
    underWay++
    try {
      const answers = await answerAll(now.map(({ key }) => key))
      now.forEach(({ settled }, place) => settled.resolve(answers[place]!))
    } catch (error) {
      for (const { settled } of now) settled.reject(error)
    }
    underWay--
    void answer()
  }

  return (key) => {
    const settled = Promise.withResolvers<Answer>()
    if (asked.push({ key, settled }) === 1) setImmediate(() => void answer())
    return settled.promise
  }
}
