/** Members of nested JSON by paths such as `base_info.date_info.type` and `text_image_list.0.text`. */

type Json = Record<string, unknown>

export const getAt = (value: unknown, path: string): unknown =>
  path.split('.').reduce((inside, name) => (inside as Json | undefined)?.[name], value)

/** A copy with another value at the path, or, where it is undefined, without the member. */
export function withAt<Value>(value: Value, path: string, put: unknown): Value {
  const copy = structuredClone(value)
  const names = path.split('.')
  const last = names.pop()!
  const inside = (names.length === 0 ? copy : getAt(copy, names.join('.'))) as Json
  if (put === undefined) delete inside[last]
  else inside[last] = put
  return copy
}

/** Every path in a value: of objects and lists, and of all that is in them. */
export function pathsOf(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    return [path, ...pathsOf(part, path)]
  })
}

/** The same JSON with another value in the place of each that is neither an object nor a list. */
export function mapLeaves(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((part) => mapLeaves(part, change))
  if (typeof value !== 'object' || value === null) return change(value)
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, mapLeaves(part, change)]))
}
