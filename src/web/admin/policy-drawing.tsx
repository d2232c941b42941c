import '../i18n/areas/policy.ts'
import { clsx } from 'clsx'
import type { TextKey } from '#web/i18n/translate.ts'
import { textOr } from '#web/i18n/translate.ts'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'

type Step = { key: string; action: string; at: string; hours: number; by: readonly string[] }

const tones: Record<string, string> = {
  suspend: 'text-bad',
  terminate: 'text-bad',
  grace: 'text-warn',
  restrict: 'text-warn',
  charge: 'text-good',
}
/** Room on both sides, in percent, so that the first and last dot are whole. */
const margin = 5
const lanes = 3
/** Dots nearer than this stand in lanes above each other, in percent. */
const near = 7

/**
 * The steps on a line of time: green while paid, yellow in grace, red when off. The numbers of the dots are those of the list below,
 * which says the same in words, so the drawing itself is left out for those who listen.
 */
export function PolicyDrawing({ steps }: { steps: readonly Step[] }) {
  const t = useText()
  const first = Math.min(-24, ...steps.map(({ hours }) => hours))
  const last = Math.max(24, ...steps.map(({ hours }) => hours))
  const place = (hours: number) => margin + ((hours - first) / (last - first)) * (100 - 2 * margin)
  const hoursOf = (action: string) => steps.find((step) => step.action === action)?.hours ?? last
  const bands = [
    { name: 'console.policy.drawing.paid', from: 0, to: place(0), tone: 'text-good' },
    { name: 'console.policy.drawing.grace', from: place(0), to: place(hoursOf('suspend')), tone: 'text-warn' },
    { name: 'console.policy.drawing.off', from: place(hoursOf('suspend')), to: 100, tone: 'text-bad' },
  ] as const satisfies readonly { name: TextKey; from: number; to: number; tone: string }[]
  return (
    <div className="flex flex-col gap-4">
      <svg width="100%" height="112" aria-hidden="true" className="block">
        {bands.map(({ name, from, to, tone }) => (
          <g key={name} className={tone}>
            <rect
              x={`${from}%`}
              y="80"
              width={`${Math.max(0, to - from)}%`}
              height="8"
              fill="currentColor"
              opacity="0.55"
            />
            {to - from > 12 ? (
              <text x={`${(from + to) / 2}%`} y="105" textAnchor="middle" fontSize="12" fill="currentColor">
                {t(name)}
              </text>
            ) : null}
          </g>
        ))}
        {inLanes(steps.map(({ hours }) => place(hours))).map(({ x, lane }, index) => (
          <g key={steps[index]?.key} className={tones[steps[index]?.action ?? ''] ?? 'text-brand'}>
            <line x1={`${x}%`} x2={`${x}%`} y1={62 - lane * 24} y2="84" stroke="currentColor" />
            <circle
              cx={`${x}%`}
              cy={62 - lane * 24}
              r="11"
              className="fill-surface"
              stroke="currentColor"
              strokeWidth="2"
            />
            <text x={`${x}%`} y={66 - lane * 24} textAnchor="middle" fontSize="12" fill="currentColor">
              {index + 1}
            </text>
          </g>
        ))}
      </svg>
      <ol className="flex list-decimal flex-col gap-2 ps-6" aria-label={t('console.policy.drawing')}>
        {steps.map(({ key, action, at, by }) => (
          <li key={key}>
            <span className="flex flex-wrap justify-between gap-x-4">
              <span className={clsx('font-medium', tones[action])}>
                {textOr(t, `console.policy.action.${action}`, action)}
              </span>
              <span className="text-muted">
                <When at={at} as="exact" />
              </span>
            </span>
            {by.map((name) => (
              <span key={name} className="block text-sm text-muted">
                {t('console.policy.by', { name })}
              </span>
            ))}
          </li>
        ))}
      </ol>
    </div>
  )
}

function inLanes(places: readonly number[]): { x: number; lane: number }[] {
  const ends: number[] = []
  return places.map((x) => {
    const free = Array.from({ length: lanes }, (_, lane) => lane).find((lane) => x - (ends[lane] ?? -near) >= near) ?? 0
    ends[free] = x
    return { x, lane: free }
  })
}
