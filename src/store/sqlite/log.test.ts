import assert from 'node:assert/strict'
import type { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { newMerchant, view } from '../../../test/support/ask.ts'
import { commit, everythingIn, newDataDir, told } from '../../../test/support/data.ts'
import { openLogState, tellTooLong } from './log.ts'
import { openForWriting } from './open.ts'
import { openWriter } from './writer.ts'

const timeoutOf = (db: DatabaseSync): unknown => db.prepare('pragma busy_timeout').get()

test('where the log cannot be begun anew commands are saved and told so, and locks are waited for as ever', async () => {
  const data_dir = newDataDir()
  const db = openForWriting(data_dir)
  const log = openLogState()
  const writer = openWriter(db, log)
  const before = timeoutOf(db)
  commit(writer, newMerchant())

  // While a connection reads SQLite refuses it a checkpoint.
  const reading = db.prepare('select * from sqlite_schema').iterate()
  reading.next()
  assert.throws(() => db.exec('pragma wal_checkpoint(restart)'), /database table is locked/)
  tellTooLong(log.shared)
  const outcomes = [...commit(writer, view('p_none', 'o_1')), ...commit(writer, { ...newMerchant(), appid: 'wx_2' })]
  assert.deepEqual(outcomes.map(told), ['invalidCardId', 'ok'])
  assert.deepEqual(timeoutOf(db), before)

  reading.return?.()
  await writer.close()
  assert.equal(everythingIn(data_dir).length, 2)
})
