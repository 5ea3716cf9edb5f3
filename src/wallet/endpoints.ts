import type { Endpoint } from '../server/endpoint.ts'
import { deleteCode } from './delete.ts'
import { accept } from './gift/accept.ts'
import { give } from './gift/give.ts'
import { takeBack } from './gift/return.ts'
import { open } from './open.ts'
import { receive } from './receive.ts'
import { restore } from './restore.ts'
import { session } from './session.ts'
import { view } from './view.ts'

/** The holder's side. */
export const walletEndpoints: readonly Endpoint[] = [
  view,
  receive,
  give,
  accept,
  takeBack,
  deleteCode,
  restore,
  session,
  open,
]
