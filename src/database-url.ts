/** postgres://user:password@host:port/name?parameters; or several hosts, host:port,host:port, which URL cannot parse. */
interface Parts {
  scheme: string
  /** With its @; empty if there is none. */
  user: string
  hosts: readonly string[]
  /** From the slash before the name on. */
  rest: string
}

function partsOf(database_url: string): Parts | undefined {
  const [, scheme, user, hosts, rest] = /^(\w+:\/\/)([^/?#]*@)?([^/?#]*)(.*)$/s.exec(database_url) ?? []
  return scheme === undefined ? undefined : { scheme, user: user ?? '', hosts: hosts!.split(','), rest: rest! }
}

/** One URL for each host; none if it is not the address of a PostgreSQL. */
export function urlsIn(database_url: string): string[] {
  const { scheme, user, hosts = [], rest } = partsOf(database_url) ?? {}
  const urls = hosts.map((host) => `${scheme}${user}${host}${rest}`)
  return urls.every(isPostgres) ? urls : []
}

function isPostgres(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^postgres(ql)?:$/.test(url.protocol) && /^\/[^/]+$/.test(url.pathname)
}

const HIDDEN = '***'

/**
 * The address with its passwords hidden. What is not an address is hidden as a whole, since a password may be anywhere
 * in it.
 */
export function withoutPasswords(database_url: string): string {
  const parts = partsOf(database_url)
  if (!parts || urlsIn(database_url).length === 0) return HIDDEN
  const { scheme, user, hosts, rest } = parts
  const [name, ...parameters] = rest.split(/(?=[?&])/)
  const shownUser = user.replace(/:.*@$/s, `:${HIDDEN}@`)
  return `${scheme}${shownUser}${hosts.join(',')}${name}${parameters.map(withoutSecret).join('')}`
}

/** @param parameter with the sign before it: &password=hush */
function withoutSecret(parameter: string): string {
  const [[name] = ['']] = new URLSearchParams(parameter.slice(1))
  return /password/i.test(name) ? `${parameter.split('=', 1)[0]}=${HIDDEN}` : parameter
}
