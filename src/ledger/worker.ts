import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { openCalendar, systemNow } from '../clock.ts'
import { openStoreForWriting } from '../store/open.ts'
import { commitBatch, type Waiting } from './batch.ts'

/**
 * The thread that writes. The disk makes it wait, never the thread that answers requests; whatever arrived while the
 * last batch was committed becomes the next one.
 */

export interface WorkerSettings {
  data_dir: string
  time_zone: string
}

/** Larger batches hardly cost less a command, and make the first in them wait longer. */
const MAX_BATCH = 256

const port = parentPort!
const settings = workerData as WorkerSettings
const tools = {
  writer: openStoreForWriting(settings.data_dir),
  calendar: openCalendar(settings.time_zone),
  now: systemNow,
}

port.on('message', (message: Waiting[] | 'close') => {
  const waiting: Waiting[] = []
  let closing = false
  const take = (taken: Waiting[] | 'close'): void => {
    if (taken === 'close') closing = true
    else waiting.push(...taken)
  }
  const takeAll = (): void => {
    for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) {
      take(more.message as Waiting[] | 'close')
    }
  }
  take(message)
  for (takeAll(); waiting.length > 0; takeAll()) port.postMessage(commitBatch(waiting.splice(0, MAX_BATCH), tools))
  if (closing) void tools.writer.close().then(() => port.close())
})

port.postMessage('ready')
