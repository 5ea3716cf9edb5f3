import assert from 'node:assert/strict'
import { runCli } from './server.ts'

export interface ShownCode {
  code: string
  openid: string
  user_card_status: string
  begin_time: number
  end_time: number
  outer_str: string | null
  history: { fact: number; kind: string; code: string; openid: string; detail?: Record<string, unknown> }[]
}

/** What `kaquan code show` tells of a code of a merchant. */
export async function showCode(
  { data_dir }: { data_dir: string },
  { appid }: { appid: string },
  code: string,
  card_id?: string,
): Promise<ShownCode> {
  const of_card = card_id === undefined ? [] : ['--card-id', card_id]
  const ran = await runCli(['code', 'show', code, ...of_card, '--appid', appid, '--json'], { DATA_DIR: data_dir })
  assert.equal(ran.code, 0, ran.stderr)
  return JSON.parse(ran.stdout) as ShownCode
}

/** What happened to it, each as `kind number`. */
export const storyOf = ({ history }: ShownCode): string[] => history.map(({ kind, code }) => `${kind} ${code}`)
