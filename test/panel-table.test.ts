/** The table of kinds in `docs/panels/README.md` says what the kinds themselves say. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { panelKinds } from '../src/main.ts'

const yes = (can: boolean | undefined): string => (can === true ? 'yes' : 'no')
const boxes = (kinds: readonly string[] | undefined): string => (kinds ?? []).join(', ') || 'no'

const rows = [...panelKinds.values()].map(({ kind, title, experimental, capabilities: can }) =>
  [
    `[${title}](${kind.replaceAll('_', '-')}.md)${experimental ? ' (experimental)' : ''}`,
    can.absoluteExpiry ? 'any end' : 'whole terms',
    yes(can.chargesEachExtension),
    boxes(can.devices),
    boxes(can.pairs),
    yes(can.canList),
    yes(can.tellsUsage),
    yes(can.canDropConnections),
    yes(can.canRestrict),
    yes(can.canSwitchOff),
    yes(can.canDelete),
  ].join(' | '),
)

test('what each kind can do is told as it is', () => {
  const text = readFileSync(join(import.meta.dirname, '../docs/panels/README.md'), 'utf8')
  const told = text.split('\n').filter((line) => line.startsWith('| ['))
  expect(told).toEqual(rows.map((row) => `| ${row} |`))
})
