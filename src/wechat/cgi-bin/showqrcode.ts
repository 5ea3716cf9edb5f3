import { toBuffer } from '@bwip-js/node'
import { refuse } from '../../errors.ts'
import { appidOfTicket } from '../../id.ts'
import type { Endpoint } from '../../server/endpoint.ts'

/** Pixels per point, enough for print; a module has two points. */
const SCALE = 8
/** Four modules, in points, as the QR standard requires. */
const MARGIN = 8

/** The picture of a QR code, which leads to the page where a holder receives the card. */
export const showqrcode: Endpoint = {
  path: '/cgi-bin/showqrcode',
  methods: ['GET'],
  media_type: 'image/png',
  async answer({ query }, { store, link }) {
    const { ticket } = query
    if (typeof ticket !== 'string' || !(await store.ticket(appidOfTicket(ticket), ticket))) {
      throw refuse('invalidCardExt', 'unknown ticket')
    }
    const text = link('/wallet/open', { ticket })
    return toBuffer({ bcid: 'qrcode', text, scale: SCALE, padding: MARGIN, backgroundcolor: 'FFFFFF' })
  },
}
