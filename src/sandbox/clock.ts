import { endpoint } from '../server/endpoint.ts'
import { int, MOST, object, optional, seconds } from '../shape/field.ts'

/** Moves the clock of a merchant made for tests: `now` to a second, `advance` by some. Forward only. */
export const clock = endpoint({
  path: '/sandbox/clock',
  body: object({ now: optional(seconds()), advance: optional(int(0, MOST, { refused: 'invalidTime' })) }),
  async handle({ now: to, advance = 0 }, { access, commit }) {
    const moved = await commit('moveClock', to === undefined ? { by: advance } : { to })
    access.forget()
    return moved
  },
})
