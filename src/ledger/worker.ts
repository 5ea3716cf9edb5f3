import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { openCalendar, systemNow } from '../clock.ts'
import { openStoreForWriting } from '../store/open.ts'
import { Counting } from '../statistics/sum.ts'
import { commitBatch, faultOf, MAX_BATCH, type Outcome, type Waiting } from './batch.ts'
import type { LedgerSettings } from './ledger.ts'

/**
 * The thread that writes. The disk makes this thread wait, never the one that answers requests; whatever arrived while
 * the last batch was committed becomes the next one.
 */

const port = parentPort!
const settings = workerData as LedgerSettings
const tools = {
  writer: openStoreForWriting(settings.data_dir),
  calendar: openCalendar(settings.time_zone),
  now: systemNow,
}

/** A merchant whose facts are to be counted. */
export interface Summing {
  id: number
  sumUp: string
}

type Message = Waiting[] | Summing | 'close'

/**
 * How many facts are looked at between two batches, on top of as many as the batch may have made, so that counting
 * never falls behind; and how many are counted in one transaction. Either takes milliseconds.
 */
const LOOKED_AT_ONCE = 100
const COUNTED_AT_ONCE = 1000

const waiting: Waiting[] = []
const summing: { id: number; counting: Counting }[] = []
let closing = false

port.on('message', (message: Message) => {
  take(message)
  for (takeAll(); waiting.length + summing.length > 0; takeAll()) {
    const batch = waiting.splice(0, MAX_BATCH)
    if (batch.length > 0) port.postMessage(commitBatch(batch, tools))
    if (summing.length > 0) sumSome(batch.length)
  }
  if (closing) void tools.writer.close().then(() => port.close())
})

function take(message: Message): void {
  if (message === 'close') closing = true
  else if ('sumUp' in message) summing.push(summingOf(message))
  else waiting.push(...message)
}

const summingOf = ({ id, sumUp: appid }: Summing) => ({
  id,
  counting: new Counting(tools.writer, appid, tools.calendar),
})

function takeAll(): void {
  for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) take(more.message as Message)
}

/**
 * Takes one more step in counting for the merchant that asked first: commands that arrive meanwhile wait no longer than
 * that.
 *
 * @param committed how many commands were in the batch before
 */
function sumSome(committed: number): void {
  const { id, counting } = summing[0]!
  let outcome: Outcome
  try {
    if (counting.size < COUNTED_AT_ONCE && counting.look(LOOKED_AT_ONCE + committed)) return
    if (counting.size > 0) return counting.count()
    outcome = { id, answer: undefined }
  } catch (error) {
    outcome = { id, ...faultOf(error, false) }
  }
  summing.shift()
  port.postMessage([outcome])
}

port.postMessage('ready')
