import type { Endpoint } from '../server/endpoint.ts'
import { receive } from './receive.ts'
import { view } from './view.ts'

/** The holder's side. */
export const walletEndpoints: readonly Endpoint[] = [view, receive]
