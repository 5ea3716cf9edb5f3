import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, newOpenid } from '../support/acts.ts'
import { together } from '../support/answers.ts'
import { connect, type Answer } from '../support/client.ts'
import { accept, advance, codesOf, give, newCustomCode, take, takeCustom, type InHand } from '../support/hand.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { DAY_S } from '../support/shanghai.ts'
import { assertClean } from '../support/verify.ts'

/**
 * Every state that a code can be in, and what each endpoint answers in it. The rules behind the table:
 *
 * - Consumed and unavailable are for good.
 * - A code that is over, or on its way to a friend, cannot be consumed; either may become usable again, so a merchant may
 *   still make it unavailable.
 * - A code that nobody took as a gift is as good as a NORMAL one.
 * - A generated code that a friend took has another number, and nobody finds the old one.
 * - Only custom codes change their number, and not while they are on their way.
 *
 * `checked` is card/code/get where check_consume is true or absent, `told` where it is false: a state, with + where
 * can_consume is true, or an errcode. `listed` is getcardlist of the holder. The other columns are the errcodes of
 * acts, each tried with a code of its own: unavail is card/code/unavailable, update card/code/update; the holder does
 * what is after them.
 */
const TABLE = `
  state            codes      checked        told           listed  consume  unavail  update  gift   delete
  NORMAL           generated  NORMAL+        NORMAL+        yes     0        0        45030   0      0
  NORMAL           custom     NORMAL+        NORMAL+        yes     0        0        0       0      0
  not begun        generated  NORMAL         NORMAL         yes     40147    0        45030   0      0
  not begun        custom     NORMAL         NORMAL         yes     40147    0        0       0      0
  CONSUMED         generated  40127          CONSUMED       no      40099    40099    45030   40127  40127
  CONSUMED         custom     40127          CONSUMED       no      40099    40099    40099   40127  40127
  EXPIRE           generated  40127          EXPIRE         no      40127    0        45030   40127  0
  EXPIRE           custom     40127          EXPIRE         no      40127    0        0       40127  0
  GIFTING          generated  40127          GIFTING        yes     40127    0        45030   40127  40127
  GIFTING          custom     40127          GIFTING        yes     40127    0        40127   40127  40127
  GIFT_TIMEOUT     generated  GIFT_TIMEOUT+  GIFT_TIMEOUT+  yes     0        0        45030   0      0
  GIFT_TIMEOUT     custom     GIFT_TIMEOUT+  GIFT_TIMEOUT+  yes     0        0        0       0      0
  gift returned    generated  NORMAL+        NORMAL+        yes     0        0        45030   0      0
  gift returned    custom     NORMAL+        NORMAL+        yes     0        0        0       0      0
  given away       generated  40056          40056          no      40056    40056    40056   40056  40056
  given away       custom     NORMAL+        NORMAL+        no      0        0        0       40056  40056
  got from friend  generated  NORMAL+        NORMAL+        yes     0        0        45030   0      0
  got from friend  custom     NORMAL+        NORMAL+        yes     0        0        0       0      0
  DELETE           generated  40127          DELETE         no      40127    40127    45030   40127  40127
  DELETE           custom     40127          DELETE         no      40127    40127    40127   40127  40127
  restored         generated  NORMAL+        NORMAL+        yes     0        0        45030   0      0
  restored         custom     NORMAL+        NORMAL+        yes     0        0        0       0      0
  UNAVAILABLE      generated  40127          UNAVAILABLE    no      40127    40127    45030   40127  40127
  UNAVAILABLE      custom     40127          UNAVAILABLE    no      40127    40127    40127   40127  40127
  deposited        custom     40056          40056          no      40056    40056    40056   40056  40056
  unknown          generated  40056          40056          no      40056    40056    40056   40056  40056
  unknown          custom     40056          40056          no      40056    40056    40056   40056  40056
`

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server, '--sandbox'))

interface State {
  card_type?: string
  base_info?: object
  /** How holders get such codes; they receive them unless told. */
  get?: (kind: Kind, card_id: string) => Promise<InHand>
  /** What then happens to each code; returns it as someone has it, or had it. */
  happen?: (hand: InHand) => Promise<InHand | void>
  /** How long to wait after that. */
  wait?: number
}

type Kind = 'generated' | 'custom'

const term = (fixed_term: number, fixed_begin_term = 0): object => ({
  date_info: { type: 'DATE_TYPE_FIX_TERM', fixed_term, fixed_begin_term },
})

const received = (kind: Kind, card_id: string): Promise<InHand> =>
  kind === 'custom' ? takeCustom(client, card_id) : take(client, card_id)

const done =
  (path: string) =>
  async (hand: InHand): Promise<void> =>
    void (await client.ok(path, hand))

async function giveAway(hand: InHand): Promise<InHand> {
  const { gift_ticket } = await give(client, hand)
  return accept(client, gift_ticket)
}

const STATES: Record<string, State> = {
  NORMAL: {},
  'not begun': { base_info: term(5, 3) },
  CONSUMED: { happen: done('/card/code/consume') },
  EXPIRE: { base_info: term(1), wait: 2 * DAY_S },
  GIFTING: {
    async happen(hand) {
      await give(client, hand)
    },
  },
  GIFT_TIMEOUT: {
    async happen(hand) {
      await give(client, hand)
    },
    wait: DAY_S + 60,
  },
  'gift returned': {
    async happen(hand) {
      const { gift_ticket } = await give(client, hand)
      await client.ok('/wallet/gift/return', { gift_ticket, openid: hand.openid })
    },
  },
  'given away': {
    async happen(hand) {
      await giveAway(hand)
    },
  },
  'got from friend': { happen: giveAway },
  DELETE: { happen: done('/wallet/delete') },
  restored: {
    card_type: 'MEMBER_CARD',
    async happen(hand) {
      await client.ok('/wallet/delete', hand)
      await client.ok('/wallet/restore', hand)
    },
  },
  UNAVAILABLE: { happen: done('/card/code/unavailable') },
  deposited: {
    base_info: { get_custom_code_mode: 'GET_CUSTOM_CODE_MODE_DEPOSIT', sku: { quantity: 0 } },
    async get(_kind, card_id) {
      const code = newCustomCode()
      await client.ok('/card/code/deposit', { card_id, code: [code] })
      return { card_id, code, openid: newOpenid() }
    },
  },
  unknown: {
    async get(kind, card_id) {
      return { card_id, code: kind === 'custom' ? newCustomCode() : '110201201245', openid: newOpenid() }
    },
  },
}

/** Several codes in one state. */
async function bringAbout(name: string, kind: Kind, many: number): Promise<InHand[]> {
  const { card_type, base_info, get = received, happen, wait } = STATES[name]!
  const card_id = await createCard(client, card_type, { use_custom_code: kind === 'custom', ...base_info })
  const hands = await together(many, async () => {
    const hand = await get(kind, card_id)
    return (await happen?.(hand)) ?? hand
  })
  if (wait !== undefined) await advance(client, wait)
  return hands
}

const ACTS = {
  consume: (hand: InHand) => client.post('/card/code/consume', hand),
  unavail: (hand: InHand) => client.post('/card/code/unavailable', hand),
  update: (hand: InHand) => client.post('/card/code/update', { ...hand, new_code: renamed(hand.code) }),
  gift: (hand: InHand) => client.post('/wallet/gift', hand),
  delete: (hand: InHand) => client.post('/wallet/delete', hand),
}

const renamed = (code: string): string => `${code}-new`

/** What an act that is done makes of a code; a new number changes nothing else. */
const AFTER: Partial<Record<keyof typeof ACTS, string>> = {
  consume: 'CONSUMED',
  unavail: 'UNAVAILABLE',
  gift: 'GIFTING',
  delete: 'DELETE',
}

const getCode = ({ code, card_id }: InHand, check_consume?: boolean): Promise<Answer> =>
  client.post('/card/code/get', { code, card_id, check_consume })

/** An answer of card/code/get as the table writes it. */
function inAWord({ errcode, user_card_status, can_consume }: Answer): string {
  if (errcode !== 0) return String(errcode)
  assert.equal(typeof can_consume, 'boolean')
  return `${String(user_card_status)}${can_consume === true ? '+' : ''}`
}

type Act = keyof typeof ACTS

const ACT_NAMES = Object.keys(ACTS) as Act[]

type Row = Record<'state' | 'codes' | 'checked' | 'told' | 'listed' | Act, string>

function rowsOf(table: string): Row[] {
  const [names = [], ...rows] = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/))
  return rows.map((cells) => {
    assert.equal(cells.length, names.length, cells.join(', '))
    return Object.fromEntries(names.map((name, place) => [name, cells[place]!])) as Row
  })
}

for (const row of rowsOf(TABLE)) {
  const kind = row.codes as Kind
  // One row after the other: some of them move the clock.
  test(`${row.codes} code, ${row.state}`, async (t) => {
    const [looked, ...hands] = await bringAbout(row.state, kind, 1 + ACT_NAMES.length)

    await t.test(
      `card/code/get: ${row.checked} where check_consume is true or absent, ${row.told} where it is false`,
      async () => {
        for (const [check_consume, expected] of [
          [true, row.checked],
          [undefined, row.checked],
          [false, row.told],
        ] as const) {
          const answer = await getCode(looked!, check_consume)
          assert.equal(inAWord(answer), expected, answer.errmsg)
          if (answer.errcode !== 0) assertRefused(answer, answer.errcode)
        }
      },
    )

    await t.test(`getcardlist: ${row.listed}`, async () => {
      const { card_id, code, openid } = looked!
      const expected = row.listed === 'yes' ? [code] : []
      assert.deepEqual(await codesOf(client, openid), expected)
      assert.deepEqual(await codesOf(client, openid, card_id), expected)
    })

    for (const [place, name] of ACT_NAMES.entries()) {
      const errcode = Number(row[name])
      await t.test(`${name}: ${errcode}`, async () => {
        const hand = hands[place]!
        const answer = await ACTS[name](hand)
        assert.equal(answer.errcode, errcode, answer.errmsg)
        if (errcode !== 0) {
          assertRefused(answer, errcode)
          assert.equal(inAWord(await getCode(hand, false)), row.told, 'nothing has changed')
        } else if (name === 'update') {
          assert.equal(inAWord(await getCode(hand, false)), '40056')
          assert.equal(inAWord(await getCode({ ...hand, code: renamed(hand.code) }, false)), row.told)
        } else {
          assert.equal(inAWord(await getCode(hand, false)), AFTER[name])
        }
      })
    }
  })
}

test('the table names every state once for each kind of code that can be in it', () => {
  const named = rowsOf(TABLE).map(({ state, codes }) => `${codes} ${state}`)
  const possible = Object.keys(STATES).flatMap((state) => [`generated ${state}`, `custom ${state}`])
  assert.deepEqual(new Set(named), new Set(possible.filter((each) => each !== 'generated deposited')))
  assert.equal(new Set(named).size, named.length)
})

test('after all that, the facts and the tables agree', () => assertClean(server))
