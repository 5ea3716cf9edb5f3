import { optional, text } from '../shape/field.ts'

/** 渠道: where a holder came from, as the merchant names it. */
export const outer_str = optional(text(128, { about: 'The channel.' }))
