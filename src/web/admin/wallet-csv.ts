import { transaction } from '#app.ts'
import { formatCredits } from '#modules/reselling/rules.ts'
import type { Route } from './+types/wallet-csv.ts'
import { csvAnswer } from './csv-answer.server.ts'
import { staffOf } from './guard.server.ts'
import { namedEntries } from './wallet-entries.server.ts'
import { whoOf } from './wallet-entries.tsx'

const most = 100_000

/** The whole history of a wallet that this business holds or issued, for a spreadsheet. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'wallets:see')
  const holder = new URL(request.url).searchParams.get('of') ?? shop.businessId
  const { entries, names } = await transaction(shop, 'read-wallet-entries', (tx) => namedEntries(tx, holder, most))
  const head = [
    'at',
    'what',
    'credits',
    'left',
    'seller',
    'line',
    'plan',
    'period_starts',
    'period_ends',
    'reason',
    'by',
    'id',
  ]
  const rows = entries.map((each) => [
    each.at.toString(),
    each.purpose,
    formatCredits(each.amount),
    formatCredits(each.balance),
    each.sellerName ?? '',
    each.username ?? '',
    each.plan ?? '',
    each.starts?.toString() ?? '',
    each.ends?.toString() ?? '',
    each.reason ?? '',
    whoOf(each, names).who ?? each.actor ?? '',
    each.id,
  ])
  return csvAnswer(`${[head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`, 'credits.csv')
}

/** Quoted where it must be; what a spreadsheet would run as a formula is shown as text. */
function cell(text: string): string {
  const plain = /^[=+@\t\r]|^-(?![\d.]+$)/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
