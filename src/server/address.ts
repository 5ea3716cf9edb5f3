import { BlockList, isIP } from 'node:net'

/** Is the address one of those in the list, or in one of its networks? An empty list allows every address. */
export function isAllowedAddress(address: string, allowlist: string): boolean {
  const entries = entriesOf(allowlist)
  if (entries.length === 0) return true
  const list = new BlockList()
  for (const { network, prefix } of entries) list.addSubnet(network, prefix, familyOf(network))
  return list.check(address, familyOf(address))
}

/** The first entry that is neither an address nor a network such as 10.0.0.0/8; undefined where all are. */
export function findBadAddress(allowlist: string): string | undefined {
  return entriesOf(allowlist).find(({ text, network, prefix }) => {
    const form = /^[^/]+(\/\d{1,3})?$/.test(text)
    return !form || isIP(network) === 0 || prefix > bitsOf(network)
  })?.text
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 4 ? 'ipv4' : 'ipv6')

const bitsOf = (address: string): number => (familyOf(address) === 'ipv4' ? 32 : 128)

function entriesOf(allowlist: string) {
  const texts = allowlist.split(',').map((text) => text.trim())
  return texts.filter(Boolean).map((text) => {
    const [network = '', prefix] = text.split('/')
    return { text, network, prefix: prefix === undefined ? bitsOf(network) : Number(prefix) }
  })
}
