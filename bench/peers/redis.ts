import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { DAY_S, systemNow } from '../../src/clock.ts'
import { ERRORS, refuse, type ErrorName } from '../../src/errors.ts'
import { newFreshCodes } from '../../src/id.ts'
import { serve, today, type Peer, type Received } from './app.ts'
import { cardIdOf, chunksOfCodes, PLENTY, type Population } from './population.ts'

/**
 * A peer with one Lua script on Redis for each request; see README.md. Scripts answer `ok` and what was asked for, or
 * the name of a refusal. They make the names of keys themselves, as there is one server and no cluster.
 */

const RECEIVE = `
  local card_id, openid, day, at = unpack(ARGV)
  local card = redis.call('HMGET', 'card:' .. card_id, 'quantity', 'get_limit', 'begin_time', 'end_time')
  if not card[1] or tonumber(card[1]) < 1 then return {'stockUsedUp'} end
  local received = redis.call('HGET', 'received:' .. card_id, openid) or 0
  if tonumber(received) >= tonumber(card[2]) then return {'overGetLimit'} end
  local place, code = 5, ARGV[5]
  while code and redis.call('EXISTS', 'code:' .. code) == 1 do
    place = place + 1
    code = ARGV[place]
  end
  if not code then return {'systemError'} end

  redis.call('HINCRBY', 'card:' .. card_id, 'quantity', -1)
  redis.call('HINCRBY', 'received:' .. card_id, openid, 1)
  redis.call('HSET', 'code:' .. code, 'card_id', card_id, 'openid', openid, 'status', 'NORMAL')
  redis.call('XADD', 'fact', '*', 'kind', 'code_received', 'at', at, 'card_id', card_id, 'code', code, 'openid', openid)
  local days = 'day:' .. card_id .. ':' .. day
  redis.call('HINCRBY', days, 'receive_cnt', 1)
  if redis.call('SADD', days .. ':receive', openid) == 1 then redis.call('HINCRBY', days, 'receive_user', 1) end
  return {'ok', code, card[3], card[4]}
`

const CONSUME = `
  local code, day, at = unpack(ARGV)
  local held = redis.call('HMGET', 'code:' .. code, 'card_id', 'openid', 'status')
  local card_id, openid = held[1], held[2]
  if not card_id then return {'invalidSerialCode'} end
  if held[3] ~= 'NORMAL' then return {'alreadyConsumed'} end

  redis.call('HSET', 'code:' .. code, 'status', 'CONSUMED')
  redis.call('HINCRBY', 'consumed:' .. card_id, openid, 1)
  redis.call('XADD', 'fact', '*', 'kind', 'code_consumed', 'at', at, 'card_id', card_id, 'code', code, 'openid', openid)
  local days = 'day:' .. card_id .. ':' .. day
  redis.call('HINCRBY', days, 'verify_cnt', 1)
  if redis.call('SADD', days .. ':verify', openid) == 1 then redis.call('HINCRBY', days, 'verify_user', 1) end
  return {'ok', card_id, openid}
`

const GET = `
  local held = redis.call('HMGET', 'code:' .. ARGV[1], 'card_id', 'openid', 'status')
  if not held[1] then return {'invalidSerialCode'} end
  if held[3] ~= 'NORMAL' then return {'invalidUserCardStatus'} end
  local card = redis.call('HMGET', 'card:' .. held[1], 'begin_time', 'end_time')
  return {'ok', held[1], held[2], held[3], card[1], card[2]}
`

type Database = ReturnType<typeof connectTo>

const connectTo = (url: string) => createClient({ url })

async function open(url: string): Promise<Peer> {
  const db = connectTo(url)
  await db.connect()
  const received = receiver(await scriptOf(db, RECEIVE))
  const consumed = await scriptOf(db, CONSUME)
  const held = await scriptOf(db, GET)
  return {
    receive: (card_id, openid) => received(card_id, openid, newFreshCodes()),
    async consume(code) {
      const [card_id, openid] = await consumed(code, today(), String(systemNow()))
      return { card_id: card_id!, openid: openid! }
    },
    async get(code) {
      const [card_id, openid, status, begin_time, end_time] = await held(code)
      return {
        card_id: card_id!,
        code,
        openid: openid!,
        status: status!,
        begin_time: Number(begin_time),
        end_time: Number(end_time),
      }
    },
    seed: (population) => seed(db, population, received),
    close: () => db.close(),
  }
}

/** Runs a script. Requests of one turn of the event loop go out together. */
type Script = (...args: string[]) => Promise<string[]>

async function scriptOf(db: Database, text: string): Promise<Script> {
  const sha = await db.scriptLoad(text)
  return async (...args) => {
    const [outcome, ...values] = (await db.evalSha(sha, { arguments: args })) as string[]
    if (outcome === 'ok') return values
    throw refuse(isReason(outcome) ? outcome : 'systemError', outcome)
  }
}

const isReason = (name: string | undefined): name is ErrorName => name !== undefined && name in ERRORS

type Receive = (card_id: string, openid: string, fresh_codes: readonly string[]) => Promise<Received>

/** The first code that is free is taken. */
function receiver(script: Script): Receive {
  return async (card_id, openid, fresh_codes) => {
    const [code, begin_time, end_time] = await script(card_id, openid, today(), String(systemNow()), ...fresh_codes)
    return { card_id, code: code!, openid, begin_time: Number(begin_time), end_time: Number(end_time) }
  }
}

const CHUNK = 20_000

/** Fills an empty database: this many codes are received today. */
async function seed(db: Database, population: Population, receive: Receive): Promise<void> {
  const now = systemNow()
  const times = { begin_time: now - DAY_S, end_time: now + 30 * DAY_S }
  for (let card = 0; card < population.cards; card++) {
    await db.hSet(`card:${cardIdOf(card)}`, { ...PLENTY, ...times })
  }
  for (const codes of chunksOfCodes(population, CHUNK)) {
    await Promise.all(codes.map(({ code, card_id, openid }) => receive(card_id, openid, [code])))
  }
  // The growing log may be rewritten just now.
  while ((await db.info('persistence')).includes('aof_rewrite_in_progress:1')) await sleep(100)
}

await serve(open)
