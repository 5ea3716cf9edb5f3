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
  return entriesOf(allowlist).find(({ network, prefix }) => {
    const bits = familyOf(network) === 'ipv4' ? 32 : 128
    return isIP(network) === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > bits
  })?.text
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 4 ? 'ipv4' : 'ipv6')

function entriesOf(allowlist: string) {
  const texts = allowlist.split(',').map((text) => text.trim())
  return texts.filter(Boolean).map((text) => {
    const [network = '', bits] = text.split('/')
    return { text, network, prefix: bits === undefined ? (familyOf(network) === 'ipv4' ? 32 : 128) : Number(bits) }
  })
}
