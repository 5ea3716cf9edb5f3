import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openLedger } from '../../src/ledger/ledger.ts'
import { verify } from '../../src/ledger/verify.ts'
import { openStore, openStoreSnapshot } from '../../src/store/open.ts'
import { newCard, newMerchant, receive } from '../support/ask.ts'
import { startCutter } from '../support/cutter.ts'
import { newDataDir } from '../support/data.ts'
import { aFace, APPID } from '../support/given.ts'
import { databaseOf } from '../support/place.ts'
import type { Asked } from '../support/random-commands.ts'
import { randomOf, seedOf } from '../support/random.ts'

const ALWAYS = { type: 'DATE_TYPE_FIX_TIME_RANGE', begin_timestamp: 0, end_timestamp: 2 ** 31 - 1 } as const

const CUTS = 20
const HOLDERS = 24

test('however often the way to PostgreSQL is cut under load, everyone is told what became of their request, and it stands', async (t) => {
  const random = randomOf(seedOf(t))
  const data_dir = newDataDir()
  const direct = await databaseOf(data_dir)
  const cutter = await startCutter(direct)
  t.after(() => cutter.close())
  const ledger = await openLedger({ data_dir, database_url: cutter.url, time_zone: 'Asia/Shanghai' })
  const store = await openStore({ data_dir, database_url: cutter.url })
  const ask = ({ command, request }: Asked): Promise<unknown> => ledger.commit(APPID, command, request as never)
  await ask(newMerchant())
  await ask(
    newCard('p_card', { quantity: 1_000_000, face: aFace({ base_info: { date_info: ALWAYS, get_limit: 1_000_000 } }) }),
  )

  const evening = new AbortController()
  let lastCode = 0
  const told = new Set<string>()
  async function hold(openid: string): Promise<void> {
    while (!evening.signal.aborted) {
      const code = String(++lastCode).padStart(12, '0')
      await ask(receive('p_card', openid, code))
      told.add(code)
      assert.equal((await store.codes(APPID, code)).length, 1)
    }
  }

  const holders = Array.from({ length: HOLDERS }, (_, n) => hold(`o_${n}`))
  const counting = (async () => {
    while (!evening.signal.aborted) await ledger.sumUp(APPID).catch(() => undefined)
  })()
  for (let cut = 0; cut < CUTS; cut++) {
    await delay(random.below(400))
    cutter.cut()
  }
  evening.abort()
  await Promise.all([...holders, counting])
  t.diagnostic(`${told.size} told`)
  await ledger.close()
  store.close()

  const place = { data_dir, database_url: direct }
  const snapshot = await openStoreSnapshot(place)
  const kept = new Set<string>()
  for await (const { code } of snapshot.codes(APPID)) kept.add(code)
  await snapshot.close()
  assert.ok(told.size > HOLDERS, 'the shop went on')
  assert.deepEqual(kept, told)
  assert.deepEqual((await verify(place)).differences, [])
})
