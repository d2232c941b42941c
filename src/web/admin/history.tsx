import { Link } from 'react-router'
import { money } from '#platform/money.ts'
import { dateText, moneyText } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import { Timeline } from '../ui/timeline.tsx'
import { actorOf, changeOf, eventTone, reasonOf, sentenceOf, subjectHref, type ToldEvent } from './sentence-of.ts'

/** Events as sentences, newest first, each with who, when and why. `here` is the record of the page: it is not linked again. */
export function History({
  events,
  names,
  here,
  audit = false,
}: {
  events: readonly ToldEvent[]
  names: Readonly<Record<string, string>>
  here?: string
  /** With what was before and after. */
  audit?: boolean
}) {
  const page = usePage()
  const write = {
    money: (minor: bigint, currency: string) => moneyText(money(minor, currency), page),
    date: (iso: string) => dateText(iso, page),
  }
  return (
    <Timeline
      items={events.map((event) => {
        const href = event.subjectId === here ? null : subjectHref(event.subjectType, event.subjectId)
        const sentence = sentenceOf(page.t, event, write)
        return {
          id: event.id,
          at: event.at,
          tone: eventTone(event.type),
          title: href ? (
            <Link to={href} className="hover:underline">
              {sentence}
            </Link>
          ) : (
            sentence
          ),
          detail:
            [reasonOf(event.data), audit ? changeOf(event.data) : null, event.address].filter(Boolean).join(' · ') ||
            null,
          actor: actorOf(page.t, event.actor, names),
        }
      })}
    />
  )
}
