/** What nobody has documented may be called otherwise on somebody's panel: names of calls are settings there, not code. */
import { z } from 'zod'

const line = /^([a-z-]+)\s*=\s*(\S+)$/

/** A field with one `call = name on this panel` in a line; `known` are the calls with their usual names. */
export const namesField = (known: Readonly<Record<string, string>>) =>
  z
    .string()
    .trim()
    .max(2_000)
    .default('')
    .superRefine((text, context) => {
      const wrong = linesOf(text).find((each) => !Object.hasOwn(known, line.exec(each)?.[1] ?? ''))
      if (wrong !== undefined)
        context.addIssue({
          code: 'custom',
          message: `cannot be used: "${wrong.slice(0, 40)}". Write one of ${Object.keys(known).join(', ')}, then = and its name on your panel`,
        })
    })
    .meta({
      title: 'Calls that have other names on this panel',
      help: `One in a line, as in ${Object.entries(known)[0]?.join(' = ')}. Leave it empty unless a call is not found.`,
      long: true,
    })

export function namesOf<Known extends Readonly<Record<string, string>>>(known: Known, text: string) {
  const given = linesOf(text).flatMap((each) => {
    const [, call = '', name = ''] = line.exec(each) ?? []
    return Object.hasOwn(known, call) ? [[call, name] as const] : []
  })
  return { ...known, ...Object.fromEntries(given) } as Record<keyof Known, string>
}

export const linesOf = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((each) => each.trim())
    .filter(Boolean)
