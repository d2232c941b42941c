/** Movements of a wallet, with the names of those whom they go back to. */
import { staffById } from '#modules/analytics/names.ts'
import { listBranch, ownWallet, type WalletEntry, walletEntries } from '#modules/reselling/queries.ts'
import type { Tx } from '#platform/db.ts'
import type { Place } from '#platform/list-page.ts'

/** Of who works here, of the supplier and of those below. */
export async function namesForWallet(tx: Tx): Promise<Map<string, string>> {
  const names = await staffById(tx)
  const wallet = await ownWallet(tx)
  if (wallet !== null) names.set(wallet.issuer, wallet.issuerName)
  for (const { id, name } of await listBranch(tx)) names.set(id, name)
  return names
}

export async function namedEntries(
  tx: Tx,
  holder: string,
  most: number,
  before: Place | null = null,
): Promise<{ entries: WalletEntry[]; names: Map<string, string> }> {
  return { entries: await walletEntries(tx, holder, most, before), names: await namesForWallet(tx) }
}
