import type { Settings } from '../domain/rows.ts'
import { findBadAddress } from '../server/address.ts'

type Key = keyof Settings

interface Reading<Value> {
  /** The values that make sense, for people. */
  values: string
  /** Undefined if the text makes no sense. */
  read: (text: string) => Value | undefined
}

const ON_OR_OFF: Reading<boolean> = {
  values: 'on or off, also true or false',
  read(text) {
    if (['on', 'true', '1'].includes(text)) return true
    return ['off', 'false', '0'].includes(text) ? false : undefined
  },
}

const MAX_NAME_BYTES = 100

/** How the text of each setting is read. */
const READINGS: { [K in Key]: Reading<Settings[K]> } = {
  name: {
    values: `at most ${MAX_NAME_BYTES} bytes`,
    read: (text) => (Buffer.byteLength(text) <= MAX_NAME_BYTES ? text : undefined),
  },
  review: {
    values: 'automatic or manual',
    read: (text) => (text === 'automatic' || text === 'manual' ? text : undefined),
  },
  wechat_pay: ON_OR_OFF,
  custom_code: ON_OR_OFF,
  balance: ON_OR_OFF,
  gift_timeout_hours: {
    values: 'whole hours from 1 to 8760',
    read(text) {
      const hours = Number(text)
      return Number.isInteger(hours) && hours >= 1 && hours <= 8760 ? hours : undefined
    },
  },
  push_url: {
    values: 'an http or https address, or nothing',
    read: (text) => (text === '' || /^https?:$/.test(URL.parse(text)?.protocol ?? '') ? text : undefined),
  },
  push_token: {
    values: 'up to 32 letters and digits',
    read: matching(/^\w{0,32}$/),
  },
  push_aes_key: {
    values: '43 letters and digits, or nothing',
    read: matching(/^([A-Za-z0-9]{43})?$/),
  },
  ip_allowlist: {
    values: 'addresses and networks set apart by commas',
    read(text) {
      const bad = findBadAddress(text)
      if (bad === undefined) return text
      throw new Error(`ip_allowlist: ${bad} is neither an address nor a network`)
    },
  },
}

/** Every setting with the values that it can have, one per line. */
export const settingsHelp = (): string =>
  Object.entries(READINGS)
    .map(([key, { values }]) => `  ${key.padEnd(20)}${values}`)
    .join('\n')

/** Reads `key=value` pairs, or refuses them all with a sentence that names the first wrong one. */
export function readSettings(pairs: readonly string[]): Partial<Settings> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      const key = pair.slice(0, at)
      if (at < 0 || !isKey(key))
        throw new Error(`${pair}: a setting is one of ${Object.keys(READINGS).join(', ')}, then = and its value`)
      return [key, readSetting(key, pair.slice(at + 1))]
    }),
  )
}

export function readSetting<K extends Key>(key: K, text: string): Settings[K] {
  const { values, read } = READINGS[key]
  const value = read(text)
  if (value === undefined) throw new Error(`${key}: needs ${values}`)
  return value
}

const isKey = (key: string): key is Key => Object.hasOwn(READINGS, key)

function matching(form: RegExp) {
  return (text: string): string | undefined => (form.test(text) ? text : undefined)
}
