/**
 * `npm run bench [-- FIGURE …] [--quick]`: measures and prints one JSON line per figure, each beside a reference measured in the same
 * run. Exits 1 when a target is missed. Traffic stays on 127.0.0.1.
 */
import { parseArgs } from 'node:util'
import { bank } from './bank.ts'
import { businesses } from './businesses.ts'
import { type Figure, rounded } from './figure.ts'
import { invoices } from './invoices.ts'
import { noisy } from './noisy.ts'
import { notices } from './notices.ts'
import { orders } from './orders.ts'
import { pages } from './pages.ts'
import { provisioning } from './provisioning.ts'
import { reconcile } from './reconcile.ts'
import { rehearsal } from './rehearsal.ts'
import { rls } from './rls.ts'
import { sweep } from './sweep.ts'

const groups: { figures: string[]; run: (quick: boolean) => Promise<Figure[]> }[] = [
  { figures: ['orders', 'orders-latency'], run: orders },
  { figures: ['bank-entries'], run: bank },
  { figures: ['businesses'], run: businesses },
  { figures: ['noisy'], run: noisy },
  { figures: ['notices'], run: notices },
  { figures: ['invoices', 'invoice-pdf'], run: invoices },
  { figures: ['pages'], run: pages },
  { figures: ['provisioning'], run: provisioning },
  { figures: ['reconcile'], run: reconcile },
  { figures: ['rehearsal'], run: rehearsal },
  { figures: ['rls'], run: rls },
  { figures: ['sweep'], run: sweep },
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
})
const known = groups.flatMap((group) => group.figures)
const unknown = positionals.filter((name) => !known.includes(name))
if (values.help || unknown.length > 0) {
  process.stdout.write(`npm run bench [-- FIGURE ...] [--quick]\nFigures: ${known.join(', ')}\n`)
  process.exit(unknown.length > 0 ? 1 : 0)
}

let missed = false
for (const group of groups) {
  if (positionals.length > 0 && !group.figures.some((name) => positionals.includes(name))) continue
  for (const figure of await group.run(values.quick)) {
    if (positionals.length > 0 && !positionals.includes(figure.figure)) continue
    process.stdout.write(`${JSON.stringify(rounded(figure))}\n`)
    missed ||= !figure.met
  }
}
process.exit(missed ? 1 : 0)
