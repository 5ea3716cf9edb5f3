import { toSVG } from '@bwip-js/node'
import type { Validity } from '../domain/card/validity.ts'
import { isUsable, type CodeStatus } from '../domain/code/status.ts'
import type { Face } from '../shape/card/card.ts'
import { COLORS } from '../shape/card/base_info.ts'

/** Pages without scripts, for a phone on any network. */

export type Language = 'zh-CN' | 'en'

/** Chinese, unless the browser asks for another language first. */
export const languageOf = (accepted: string | undefined): Language =>
  accepted === undefined || /^\s*zh\b/i.test(accepted) ? 'zh-CN' : 'en'

const TEXTS = {
  'zh-CN': {
    wallet: '我的卡券',
    empty: '还没有卡券',
    emptyHint: '领取的卡券会出现在这里。',
    offer: '领取卡券',
    offerHint: '请在商家的小程序、公众号或应用中打开此链接领取。',
    over: '链接已失效',
    overHint: '此链接只能使用一次，或已过期。请回到商家处重新打开。',
    until: '有效期至',
    from: '生效日期',
    forEver: '永久有效',
    NORMAL: '可使用',
    CONSUMED: '已使用',
    EXPIRE: '已过期',
    GIFTING: '转赠中',
    GIFT_TIMEOUT: '可使用',
    UNAVAILABLE: '已失效',
  },
  en: {
    wallet: 'My cards',
    empty: 'No cards yet',
    emptyHint: 'Cards that you receive will appear here.',
    offer: 'A card for you',
    offerHint: 'Open this link in the shop’s app or account to receive it.',
    over: 'This link has ended',
    overHint: 'A link is good once and for a short time. Go back to the shop and open it again.',
    until: 'Valid until',
    from: 'Valid from',
    forEver: 'Valid for ever',
    NORMAL: 'Ready to use',
    CONSUMED: 'Used',
    EXPIRE: 'Expired',
    GIFTING: 'On its way to a friend',
    GIFT_TIMEOUT: 'Ready to use',
    UNAVAILABLE: 'Cancelled',
  },
} as const

/** Who is looking, where and when. */
export interface Look {
  language: Language
  time_zone: string
  now: number
}

/** A code in its holder's wallet. */
interface ShownCode extends Validity {
  code: string
  face: Face
  status: CodeStatus
}

/** In this order; what is not here is not shown. */
const SHOWN = ['NORMAL', 'GIFT_TIMEOUT', 'GIFTING', 'CONSUMED', 'EXPIRE', 'UNAVAILABLE'] as const

export function walletPage(codes: readonly ShownCode[], look: Look): string {
  const { language } = look
  const texts = TEXTS[language]
  const listed = SHOWN.flatMap((status) =>
    codes.filter((code) => code.status === status).map((code) => codeCard(code, status, look)),
  )
  if (listed.length === 0) return page(texts.wallet, notice(texts.empty, texts.emptyHint), language)
  return page(texts.wallet, `<h1>${texts.wallet}</h1>${listed.join('')}`, language)
}

export function offerPage(cards: readonly { face: Face }[], language: Language): string {
  const texts = TEXTS[language]
  const shown = cards.map(
    ({ face }) => `<article style="--color:${COLORS[face.base_info.color]}">${head(face)}</article>`,
  )
  return page(texts.offer, `<h1>${texts.offer}</h1>${shown.join('')}<p class="hint">${texts.offerHint}</p>`, language)
}

export function refusalPage(language: Language): string {
  const texts = TEXTS[language]
  return page(texts.over, notice(texts.over, texts.overHint), language)
}

const notice = (title: string, hint: string): string =>
  `<section class="notice"><h1>${title}</h1><p class="hint">${hint}</p></section>`

function head({ base_info: { brand_name, title, notice } }: Face): string {
  return `<header><p>${escaped(brand_name)}</p><h2>${escaped(title)}</h2><p>${escaped(notice)}</p></header>`
}

function codeCard({ code, face, begin_time, end_time }: ShownCode, status: (typeof SHOWN)[number], look: Look): string {
  const { language, time_zone, now } = look
  const texts = TEXTS[language]
  const usable = isUsable(status)
  const day = (at: number): string =>
    new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: time_zone }).format(at * 1000)
  const waits = usable && begin_time > now
  const validity = waits
    ? `${texts.from} ${day(begin_time)}`
    : end_time === null
      ? texts.forEver
      : `${texts.until} ${day(end_time)}`
  return `<article class="${usable ? '' : 'gone'}" style="--color:${COLORS[face.base_info.color]}">
${head(face)}
${usable ? picture(code, face) : ''}
<footer><span>${validity}</span><b>${texts[status]}</b></footer>
</article>`
}

/** How a code is shown: as its number, as a picture that a till scans, or as both. */
function picture(code: string, { base_info: { code_type } }: Face): string {
  const number =
    code_type.includes('ONLY') || code_type === 'CODE_TYPE_NONE' ? '' : `<p class="number">${escaped(spaced(code))}</p>`
  if (code_type.endsWith('QRCODE'))
    return `<figure>${toSVG({ bcid: 'qrcode', text: code, scale: 4 })}${number}</figure>`
  if (code_type.endsWith('BARCODE') && isAscii(code)) {
    return `<figure class="bar">${toSVG({ bcid: 'code128', text: code, height: 14, scale: 2 })}${number}</figure>`
  }
  return number === '' ? '' : `<figure>${number}</figure>`
}

/** As people read numbers aloud. */
const spaced = (code: string): string => (/^\d{12}$/.test(code) ? code.replaceAll(/\d{4}(?=\d)/g, '$& ') : code)

const isAscii = (text: string): boolean => /^[\x20-\x7e]+$/.test(text)

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign]!)

const STYLE = `
:root { color-scheme: light dark; --ground: #f4f4f5; --paper: #fff; --ink: #18181b; --faint: #71717a }
@media (prefers-color-scheme: dark) { :root { --ground: #18181b; --paper: #27272a; --ink: #fafafa; --faint: #a1a1aa } }
* { box-sizing: border-box; margin: 0 }
body { background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, "PingFang SC", "Noto Sans CJK SC", sans-serif }
main { max-width: 26rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; display: grid; gap: 1rem }
h1 { font-size: 1.375rem; font-weight: 600 }
article { background: var(--paper); border-radius: 1rem; overflow: hidden; box-shadow: 0 1px 3px rgb(0 0 0 / .12) }
header { background: var(--color); color: #fff; padding: 1rem 1.25rem }
header p { font-size: .875rem; opacity: .9; overflow-wrap: anywhere }
h2 { font-size: 1.25rem; font-weight: 600; overflow-wrap: anywhere }
figure { display: grid; justify-items: center; gap: .75rem; padding: 1.25rem 1.25rem 0 }
figure svg { width: 11rem; height: 11rem; background: #fff; padding: .5rem; border-radius: .5rem }
figure.bar svg { width: 100%; height: 5rem }
.number { font: 600 1.25rem/1.4 ui-monospace, "SF Mono", monospace; letter-spacing: .04em; overflow-wrap: anywhere }
footer { display: flex; justify-content: space-between; gap: 1rem; padding: 1rem 1.25rem; font-size: .875rem; color: var(--faint) }
footer b { color: var(--ink); font-weight: 600; white-space: nowrap }
.gone header { background: var(--faint) }
.gone footer b { color: var(--faint) }
.hint { color: var(--faint) }
.notice { text-align: center; padding: 5rem 1rem; display: grid; gap: .5rem }
`

const page = (title: string, body: string, language: Language): string => `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body><main>${body}</main></body>
</html>
`
