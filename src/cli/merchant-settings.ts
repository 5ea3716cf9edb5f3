import { DEFAULT_SETTINGS } from '../domain/merchant/merchant.ts'
import type { Settings } from '../domain/rows.ts'
import { findBadAddress } from '../server/address.ts'

type Key = keyof Settings

/** How the text of each setting is read; each throws where the text makes no sense. */
const READERS: { [K in Key]: (value: string) => Settings[K] } = {
  name: text(100),
  review(value) {
    if (value === 'automatic' || value === 'manual') return value
    throw new Error('automatic or manual')
  },
  wechat_pay: onOrOff,
  custom_code: onOrOff,
  balance: onOrOff,
  gift_timeout_hours(value) {
    const hours = Number(value)
    if (Number.isInteger(hours) && hours >= 1 && hours <= 8760) return hours
    throw new Error('whole hours from 1 to 8760')
  },
  push_url(value) {
    if (value === '' || /^https?:$/.test(URL.parse(value)?.protocol ?? '')) return value
    throw new Error('an http or https address, or nothing')
  },
  push_token(value) {
    if (/^\w{0,32}$/.test(value)) return value
    throw new Error('up to 32 letters and digits')
  },
  push_aes_key(value) {
    if (/^([A-Za-z0-9]{43})?$/.test(value)) return value
    throw new Error('43 letters and digits, or nothing')
  },
  ip_allowlist(value) {
    const bad = findBadAddress(value)
    if (bad === undefined) return value
    throw new Error(`addresses and networks set apart by commas; ${bad} is neither`)
  },
}

/** Reads `key=value` pairs, or refuses them all with a sentence that names the first wrong one. */
export function readSettings(pairs: readonly string[]): Partial<Settings> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      const key = pair.slice(0, at)
      if (at < 0 || !isKey(key))
        throw new Error(
          `${pair}: a setting is one of ${Object.keys(DEFAULT_SETTINGS).join(', ')}, then = and its value`,
        )
      return [key, readSetting(key, pair.slice(at + 1))]
    }),
  )
}

export function readSetting<K extends Key>(key: K, value: string): Settings[K] {
  try {
    return READERS[key](value)
  } catch (error) {
    throw new Error(`${key}: needs ${(error as Error).message}`, { cause: error })
  }
}

const isKey = (key: string): key is Key => Object.hasOwn(READERS, key)

function onOrOff(value: string): boolean {
  if (['on', 'true', '1'].includes(value)) return true
  if (['off', 'false', '0'].includes(value)) return false
  throw new Error('on or off')
}

function text(bytes: number) {
  return (value: string): string => {
    if (Buffer.byteLength(value) <= bytes) return value
    throw new Error(`at most ${bytes} bytes`)
  }
}
