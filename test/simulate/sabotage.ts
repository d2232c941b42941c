/**
 * Faults that we plant in ourselves, to see that the simulation finds them. The product knows nothing of it: while the modules are
 * loaded, one place in one file is written differently, and a place that is no longer there is an error. So a sabotage is what a careless
 * change would be, and cannot be left behind in production.
 */
import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

type Change = { file: string; from: RegExp; to: string }
export type Sabotage = { title: string; changes: readonly Change[]; sql?: string }

const root = join(import.meta.dirname, '..', '..')

export const sabotages: Readonly<Record<string, Sabotage>> = {
  'step-key': {
    title: 'drops the key (subscription, period, step): what was done is done again',
    changes: [
      {
        file: 'src/modules/subscriptions/queries.ts',
        from: /new Set\(\(await asked\(tx, doneOfPeriods, subscription\)\)\.map\(\(\{ step \}\) => step\)\)/,
        to: 'new Set<string>()',
      },
    ],
    sql: 'alter table steps_done drop constraint steps_done_pkey',
  },
  'old-end': {
    title: 'resumes from the old end: days without a line are billed',
    changes: [
      {
        file: 'src/modules/subscriptions/rules/subscription.ts',
        from: /return \{ event: 'restored', \.\.\.from\(laterOf\(paidAt, paidThrough\)\) \} as const/,
        to: "return { event: 'restored', starts: paidThrough, anchorDay } as const",
      },
    ],
  },
  'early-acknowledgement': {
    title: 'acknowledges a notice before its commit',
    changes: [
      {
        file: 'src/modules/billing/receive-notice.ts',
        from: /const kept = await singleOf\(/,
        to: 'const kept: NoticeWithPayment[] = []; void singleOf(',
      },
    ],
  },
  'blind-create': {
    title: 'skips the look-up before a create is tried again',
    changes: [
      {
        file: 'src/modules/lines/reconcile-line.ts',
        from: /known !== null && isOurLine\(known, spec\)\s+\? known\s+: await \(ahead\?\.found \?\?\s+panel\.findLine\([^)]*\)\)/,
        to: 'known',
      },
      {
        file: 'src/modules/lines/reconcile-line.ts',
        from: /if \(present === null && line\.trouble === 'ambiguous'\)/,
        to: 'if (false as boolean)',
      },
    ],
  },
  'impatient-grace': {
    title: 'lets grace ignore a pending payment',
    changes: [
      {
        file: 'src/modules/dunning/rules/decide.ts',
        from: /if \(facts\.payingSince !== null && isAfter\(pendingHoldsUntil\(facts\.payingSince\), now\)\)/,
        to: 'if (false as boolean)',
      },
    ],
  },
}

/** The file as it would be; throws when the place is not there, or twice. */
export function sabotaged(text: string, { file, from, to }: Change): string {
  const found = text.match(new RegExp(from, 'g'))?.length ?? 0
  if (found !== 1) throw new Error(`the sabotage of ${file} fits ${found} places instead of one`)
  return text.replace(from, to)
}

/** From here on modules are loaded with the fault in them. Gives what it needs of the database. */
export function sabotage(name: string): string | null {
  const planted = sabotages[name]
  if (planted === undefined) throw new Error(`no sabotage ${name}; there are ${Object.keys(sabotages).join(', ')}`)
  registerHooks({
    load(url, context, nextLoad) {
      const changes = planted.changes.filter(
        ({ file }) => url.startsWith('file:') && fileURLToPath(url) === join(root, file),
      )
      if (changes.length === 0) return nextLoad(url, context)
      const source = changes.reduce(sabotaged, readFileSync(fileURLToPath(url), 'utf8'))
      return { format: 'module', source: stripTypeScriptTypes(source), shortCircuit: true }
    },
  })
  return planted.sql ?? null
}
