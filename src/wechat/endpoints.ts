import type { Endpoint } from '../server/endpoint.ts'
import { batchget } from './card/batchget.ts'
import { consume } from './card/code/consume.ts'
import { get as getCode } from './card/code/get.ts'
import { unavailable } from './card/code/unavailable.ts'
import { create } from './card/create.ts'
import { deleteCard } from './card/delete.ts'
import { get as getCard } from './card/get.ts'
import { modifystock } from './card/modifystock.ts'
import { getcardlist } from './card/user/getcardlist.ts'
import { stable_token } from './cgi-bin/stable_token.ts'
import { token } from './cgi-bin/token.ts'

/** The wire API. */
export const wechatEndpoints: readonly Endpoint[] = [
  token,
  stable_token,
  create,
  getCard,
  batchget,
  deleteCard,
  modifystock,
  getcardlist,
  getCode,
  consume,
  unavailable,
]
