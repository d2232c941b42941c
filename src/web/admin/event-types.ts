import { consoleEvents } from '#web/i18n/en/console-events.ts'

type Key = keyof typeof consoleEvents
type Told = Key extends infer K
  ? K extends `console.event.${infer Type}`
    ? Type extends `${string}.${'amount' | 'until' | 'about'}`
      ? never
      : Type
    : never
  : never

/** Types of events that have a sentence of their own: what activity can be filtered by. */
export const eventTypes = Object.keys(consoleEvents).flatMap((key) => {
  const type = /^console\.event\.(\w+\.\w+)$/.exec(key)?.[1]
  return type === undefined ? [] : [type as Told]
})
