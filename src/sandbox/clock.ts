import { refuse } from '../errors.ts'
import { endpoint } from '../server/endpoint.ts'
import { int, LARGEST_INT, object, optional, seconds } from '../shape/field.ts'

/** Moves the clock of a sandbox merchant, forward only: `now` to a second, or `advance` by some seconds. */
export const clock = endpoint({
  path: '/sandbox/clock',
  body: object({ now: optional(seconds()), advance: optional(int(0, LARGEST_INT, { refused: 'invalidTime' })) }),
  async handle({ now: to, advance }, { access, commit }) {
    if (to !== undefined && advance !== undefined) throw refuse('invalidArgs', 'now or advance, not both')
    const moved = await commit('moveClock', to === undefined ? { by: advance ?? 0 } : { to })
    access.forget()
    return moved
  },
})
