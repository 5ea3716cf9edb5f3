import type { CommandName } from '../../src/domain/commands.ts'
import type { Face } from '../../src/shape/card/card.ts'

/** Puts the names of cards, codes and tickets in the place of the numbers that random histories are made of. */

export interface Asked {
  command: CommandName
  request: unknown
}

export interface Step {
  command: CommandName
  wish: object
}

/** The numbers of a wish; each stands for something that a step before it may have made. */
interface Wish {
  card?: number
  receipt?: number
  receipts?: readonly number[]
  gift?: number
  ticket?: number
  slip?: boolean
  custom?: number
  taken?: number
  deposits?: readonly number[]
  offered?: readonly (Wish & { openid?: string; outer_str?: string })[]
  openid?: string
  owner?: string | undefined
  newValidity?: object | undefined
}

interface CardNamed {
  card_id: string
  face: Face | undefined
  /** What was asked to be deposited: the first of them that is left is handed out next. */
  deposited: string[]
}

/** A code that may be in someone's hand. */
interface CodeNamed {
  card: CardNamed
  code: string
  openid: string
  /** Can nothing happen to it any more, or only after a gift is over? */
  busy?: boolean
}

interface GiftNamed {
  gift_ticket: string
  of: CodeNamed
}

const CUSTOM_CODES = ['VIP-1', 'VIP-2', 'VIP-3', '券', '券-2', '000000000003', '7', '8', 'too long to be a code', 'a b']

const generated = (place: number): string => String(place).padStart(12, '0')

const NO_CARD: CardNamed = { card_id: 'p_none', face: undefined, deposited: [] }
const NO_CODE: CodeNamed = { card: { ...NO_CARD, card_id: 'p_0' }, code: '999999999999', openid: 'o_1' }
const NO_GIFT: GiftNamed = { gift_ticket: 'gift_none', of: NO_CODE }

export const isDeposited = (face: Face | undefined): boolean => face?.base_info.get_custom_code_mode !== undefined

const hasCustomCodes = ({ face }: CardNamed): boolean => face?.base_info.use_custom_code === true

/** Must a receipt bring the number of its code? */
const needsCode = (card: CardNamed): boolean => hasCustomCodes(card) && !isDeposited(card.face)

/** Which cards a command is for. */
const FITS: { [Name in CommandName]?: (card: CardNamed) => boolean } = {
  depositCodes: ({ face }) => isDeposited(face),
  restoreCode: ({ face }) => face?.card_type === 'MEMBER_CARD',
  deleteCode: ({ face }) => face?.card_type === 'MEMBER_CARD',
  updateCode: hasCustomCodes,
}

const latest = <Item>(items: readonly Item[], number = 0): Item | undefined =>
  items.at(-1 - (number % Math.max(items.length, 1)))

/**
 * Each new card, gift, QR code and generated code gets a name of its own, so that a history has one meaning only. Names
 * are picked as if every command before had been accepted, so most commands are about something that there is.
 */
export function inWords(steps: readonly Step[]): Asked[] {
  const names = new Names()
  return steps.map(({ command, wish }) => ({ command, request: names.requestOf(command, wish) }))
}

class Names {
  readonly #cards: CardNamed[] = []
  readonly #codes: CodeNamed[] = []
  readonly #gifts: GiftNamed[] = []
  readonly #tickets: { ticket: string; card: CardNamed }[] = []
  readonly #deleted: CodeNamed[] = []
  #giftsAsked = 0
  #fresh = 0

  requestOf(command: CommandName, wish: Wish): object {
    const { card, receipt, receipts, gift, slip = false, custom = 0, deposits, offered, owner, ...others } = wish
    const { ticket: _ticket, taken: _taken, ...rest } = others
    const meant = this.#cardOf(card, slip ? undefined : FITS[command])
    const held = this.#heldOf(receipt, slip ? undefined : FITS[command])
    const openid = owner ?? held.openid
    switch (command) {
      case 'createCard':
        return { ...rest, ...this.#newCard(rest as { face: Face; quantity: number }) }
      case 'updateCard': {
        const { newValidity: date_info, ...changes } = rest
        const card_type = slip ? 'CASH' : (meant.face?.card_type ?? 'GROUPON')
        return { ...changes, card_id: meant.card_id, card_type, ...(date_info && { date_info }) }
      }
      case 'depositCodes': {
        const codes = deposits!.map((number) => CUSTOM_CODES[number]!)
        meant.deposited.push(...codes)
        return { card_id: meant.card_id, codes }
      }
      case 'createTicket':
        return { ...rest, ...this.#newTicket(offered!) }
      case 'receiveCode':
        return { ...rest, ...this.#receipt(wish, meant) }
      case 'updateCode': {
        const request = { ...nameOf(held, slip), new_code: CUSTOM_CODES[custom]! }
        if (hasCustomCodes(held.card) && !slip) this.#change(held, { code: request.new_code })
        return request
      }
      case 'expireCodes':
        return { codes: this.#eachOnce(receipts!) }
      case 'giveCode':
        return { openid, ...nameOf(held, slip), ...this.#newGift(held, openid === held.openid && !slip) }
      case 'deleteCode':
        this.#deleted.push(held)
        return { openid, ...nameOf(held, slip) }
      case 'restoreCode': {
        const { card, openid } = latest(this.#deleted) ?? { ...held, card: meant }
        return { card_id: (slip ? meant : card).card_id, openid: owner ?? openid }
      }
      case 'acceptGift':
        return this.#acceptance(this.#giftOf(gift!), wish)
      case 'returnGift': {
        const { gift_ticket, of } = this.#giftOf(gift!)
        if (owner === undefined) of.busy = false
        return { gift_ticket, openid: owner ?? of.openid }
      }
      case 'consumeCode':
      case 'makeUnavailable':
        held.busy = true
        return { ...rest, ...nameOf(held, slip) }
      default:
        return {
          ...rest,
          ...(card !== undefined && { card_id: meant.card_id }),
        }
    }
  }

  #cardOf(place = -1, fits: (card: CardNamed) => boolean = () => true): CardNamed {
    const cards = this.#cards.filter(fits)
    return (place < 0 ? undefined : cards[place % cards.length]) ?? NO_CARD
  }

  #heldOf(receipt: number | undefined, fits: (card: CardNamed) => boolean = () => true): CodeNamed {
    const codes = this.#codes.filter(({ card }) => fits(card))
    return latest(codes.length > 0 ? codes : this.#codes, receipt) ?? NO_CODE
  }

  #eachOnce(receipts: readonly number[]): object[] {
    const named = receipts.map((receipt) => this.#heldOf(receipt))
    return [
      ...new Map(named.map(({ code, card }) => [`${code} ${card.card_id}`, { code, card_id: card.card_id }])).values(),
    ]
  }

  /** The former number and holder stay among those that commands name. */
  #change(held: CodeNamed, change: Partial<CodeNamed>): void {
    const place = this.#codes.indexOf(held)
    if (place >= 0) this.#codes.splice(place, 0, { ...held })
    Object.assign(held, change)
  }

  #newCard({ face, quantity }: { face: Face; quantity: number }) {
    const card = { card_id: `p_${this.#cards.length}`, face, deposited: [] }
    this.#cards.push(card)
    return { card_id: card.card_id, quantity: isDeposited(face) && quantity !== 1 ? 0 : quantity }
  }

  #newTicket(offered: NonNullable<Wish['offered']>) {
    const ticket = `ticket_${this.#tickets.length}`
    const offers = offered.map(({ card, slip, custom, ...rest }) => {
      const meant = this.#cardOf(card)
      return { ...rest, card_id: meant.card_id, ...(needsCode(meant) !== slip && { code: CUSTOM_CODES[custom!] }) }
    })
    this.#tickets.push({ ticket, card: this.#cardOf(offered[0]!.card) })
    return { ticket, offers }
  }

  #newGift(of: CodeNamed, isOwn: boolean) {
    const gift_ticket = `gift_${this.#giftsAsked++}`
    if (!isOwn || of.busy || of.card.face?.base_info.can_give_friend === false) return { gift_ticket }
    of.busy = true
    this.#gifts.push({ gift_ticket, of })
    return { gift_ticket }
  }

  /** Mostly one that is on its way. */
  #giftOf(place: number): GiftNamed {
    const open = this.#gifts.filter(({ of }) => of.busy)
    return latest(open.length > 0 ? open : this.#gifts, place) ?? NO_GIFT
  }

  #acceptance({ gift_ticket, of }: GiftNamed, { openid = '', taken }: Wish) {
    const fresh_codes = this.#freshCodes(taken)
    if (openid !== of.openid)
      this.#change(of, { openid, ...(!hasCustomCodes(of.card) && { code: fresh_codes.at(-1)! }) })
    return { gift_ticket, openid, fresh_codes }
  }

  #receipt({ ticket, slip = false, custom = 0, taken, openid = '' }: Wish, wished: CardNamed) {
    const scanned =
      ticket === undefined ? undefined : (latest(this.#tickets, ticket) ?? { ticket: NO_TICKET, card: wished })
    const card = scanned && !slip ? scanned.card : wished
    const fresh_codes = this.#freshCodes(taken)
    const number = CUSTOM_CODES[custom]!
    const code = needsCode(card) ? number : isDeposited(card.face) ? card.deposited.shift() : fresh_codes.at(-1)
    if (code !== undefined && card.face && !slip) this.#codes.push({ card, code, openid })
    return {
      card_id: card.card_id,
      fresh_codes,
      ...(scanned && { ticket: scanned.ticket }),
      ...(needsCode(card) !== slip && !scanned && { code: number }),
    }
  }

  #freshCodes(taken: number | undefined): string[] {
    const fresh = generated(this.#fresh++)
    return taken === undefined ? [fresh] : [generated(taken % this.#fresh), fresh]
  }
}

const NO_TICKET = 'ticket_none'

/** A custom code is named with its card, a generated one without; a slip is the contrary. */
const nameOf = ({ card, code }: CodeNamed, slip: boolean): object =>
  hasCustomCodes(card) === slip ? { code } : { code, card_id: card.card_id }
