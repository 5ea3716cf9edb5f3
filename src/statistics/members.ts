import type { Calendar } from '../clock.ts'
import { standings } from '../domain/statistics.ts'
import type { CountableFact, Member, MemberDay } from '../store/store.ts'

export const keyOfMember = (source: Member['source'], holder: number): string => `${source} ${holder}`

/**
 * @param facts about member cards
 * @param addMembers is told how many more people are members on a day
 * @returns how many more, or fewer, member cards these facts give each member on a day
 */
export function countMembers(
  facts: readonly CountableFact[],
  calendar: Calendar,
  memberDays: readonly MemberDay[],
  addMembers: (change: Omit<MemberDay, 'holder'>) => void,
): MemberDay[] {
  const known = Map.groupBy(memberDays, ({ source, holder }) => keyOfMember(source, holder))
  const found: MemberDay[] = []
  const hold = (change: MemberDay): void => {
    if (change.by === 0) return
    const { source, holder } = change
    const former = known.get(keyOfMember(source, holder)) ?? []
    for (const { day, by } of changesOfMember(former, change)) addMembers({ source, day, by })
    known.set(keyOfMember(source, holder), [...former, change])
    found.push(change)
  }
  for (const { at, kind, source, holder, friend, history } of facts) {
    const day = calendar.dayOf(at)
    const { before, after } = standings(history)
    if (kind !== 'gift_accepted') hold({ source, holder, day, by: Number(after.is_out) - Number(before.is_out) })
    else if (friend !== undefined && after.is_out) {
      hold({ source, holder, day, by: -1 })
      hold({ source, holder: friend, day, by: 1 })
    }
  }
  return found
}

/**
 * The days on which a holder becomes a member, 1, or stops being one, -1, unlike what was counted before this change
 * was known: whoever has several cards is a member until the last of them goes, in whatever order that is found out.
 */
function changesOfMember(former: readonly DayStep[], change: DayStep): DayStep[] {
  const days = [...new Set([...former.map(({ day }) => day), change.day])].sort((a, b) => a - b)
  const changes: DayStep[] = []
  let [cards, cardsNow, shift] = [0, 0, 0]
  for (const day of days) {
    const by = former.filter((one) => one.day === day).reduce((sum, one) => sum + one.by, 0)
    cards += by
    cardsNow += by + (day === change.day ? change.by : 0)
    const difference = Number(cardsNow > 0) - Number(cards > 0)
    if (difference !== shift) changes.push({ day, by: difference - shift })
    shift = difference
  }
  return changes
}

type DayStep = Pick<MemberDay, 'day' | 'by'>
