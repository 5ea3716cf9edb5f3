import assert from 'node:assert/strict'
import { inflateSync } from 'node:zlib'

/** Pictures of QR codes, pixel by pixel. */

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const RGBA = 6
const PIXEL = 4

/** Which pixels of a PNG are dark, row by row. Reads what QR codes are drawn as: eight bits of RGBA, not interlaced. */
export function darkIn(png: Uint8Array): boolean[][] {
  const bytes = Buffer.from(png)
  assert.deepEqual(bytes.subarray(0, 8), SIGNATURE, 'a PNG')
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  assert.deepEqual([...bytes.subarray(24, 29)], [8, RGBA, 0, 0, 0])
  const packed: Buffer[] = []
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at)
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT') packed.push(bytes.subarray(at + 8, at + 8 + length))
    at += length + 12
  }
  const lines = inflateSync(Buffer.concat(packed))
  const stride = width * PIXEL
  let above: Buffer = Buffer.alloc(stride)
  return Array.from({ length: height }, (_, y) => {
    const start = y * (stride + 1)
    above = unfilter(lines[start]!, lines.subarray(start + 1, start + 1 + stride), above)
    const line = above
    return Array.from({ length: width }, (_, x) => {
      const [red, green, blue, alpha] = line.subarray(x * PIXEL, (x + 1) * PIXEL)
      return alpha! > 127 && red! + green! + blue! < 384
    })
  })
}

/** Undoes what a PNG does to one line of bytes so that it packs well. */
function unfilter(filter: number, line: Buffer, above: Buffer): Buffer {
  const plain = Buffer.alloc(line.length)
  for (let at = 0; at < line.length; at++) {
    const left = plain[at - PIXEL] ?? 0
    const [up, corner] = [above[at]!, above[at - PIXEL] ?? 0]
    const expected = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]
    assert.ok(expected !== undefined, `filter ${filter}`)
    plain[at] = line[at]! + expected
  }
  return plain
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [byLeft, byUp, byCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  if (byLeft <= byUp && byLeft <= byCorner) return left
  return byUp <= byCorner ? up : corner
}

export interface QrPicture {
  /** Dark or not, row by row, without what is around them. */
  modules: boolean[][]
  /** How many pixels wide and high each is. */
  module: number
  /** How many modules are left blank at the narrowest side. */
  quiet: number
}

/** A QR code in a PNG. */
export function qrCodeIn(png: Uint8Array): QrPicture {
  const dark = darkIn(png)
  const size = dark.length
  const top = dark.findIndex((row) => row.includes(true))
  const bottom = dark.findLastIndex((row) => row.includes(true))
  const left = dark[top]!.indexOf(true)
  const right = dark[top]!.lastIndexOf(true)
  // The first dark stroke is the upper edge of a finder, seven modules long.
  const module = (dark[top]!.indexOf(false, left) - left) / 7
  const modules: boolean[][] = []
  for (let y = top; y <= bottom; y += module) {
    const row: boolean[] = []
    for (let x = left; x <= right; x += module) {
      const square = dark.slice(y, y + module).flatMap((line) => line.slice(x, x + module))
      assert.ok(
        square.every((pixel) => pixel === square[0]),
        'each module is a square of one colour',
      )
      row.push(square[0]!)
    }
    modules.push(row)
  }
  return { modules, module, quiet: Math.min(top, left, size - 1 - bottom, size - 1 - right) / module }
}
