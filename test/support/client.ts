import type { Merchant } from './server.ts'

/** An answer of the wire API. */
export type Answer = Record<string, unknown> & { errcode: number; errmsg: string }

export interface Client {
  access_token: string
  /** POSTs a JSON body, with the access_token, and returns the answer, whose status must be 200. */
  post(path: string, body: unknown): Promise<Answer>
  /** The same for an answer that must be errcode 0. */
  ok(path: string, body: unknown): Promise<Answer>
}

/** Speaks to a server as one merchant. */
export async function connect(url: string, { appid, secret }: Merchant): Promise<Client> {
  const query = new URLSearchParams({ grant_type: 'client_credential', appid, secret })
  const token = await getJson(`${url}/cgi-bin/token?${query.toString()}`)
  const access_token = String(token['access_token'])

  const post = (path: string, body: unknown): Promise<Answer> =>
    getJson(`${url}${path}?access_token=${access_token}`, JSON.stringify(body))
  return {
    access_token,
    post,
    async ok(path, body) {
      const answer = await post(path, body)
      if (answer.errcode !== 0) throw new Error(`${path}: ${answer.errcode} ${answer.errmsg}`)
      return answer
    },
  }
}

/** GETs, or POSTs a body as it is. Throws where the status is not 200 or the answer is not JSON. */
export async function getJson(url: string, body?: string): Promise<Answer> {
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', body })
  if (response.status !== 200) throw new Error(`${url}: status ${response.status}`)
  const type = response.headers.get('content-type')
  if (!type?.startsWith('application/json')) throw new Error(`${url}: content-type ${type}`)
  return (await response.json()) as Answer
}
