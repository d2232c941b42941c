import '../i18n/areas/resellers.ts'
import { transaction } from '#app.ts'
import { walletEntries } from '#modules/reselling/queries.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Pager } from '../ui/pager.tsx'
import type { Route } from './+types/wallet-movements.ts'
import { staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'
import { namesForWallet } from './wallet-entries.server.ts'
import { EntriesTable, entryShown } from './wallet-entries.tsx'

/** Every movement of a wallet that this business holds or issued; `of` is whose it is. Nobody else's is told. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'wallets:see')
  const holder = new URL(request.url).searchParams.get('of') ?? shop.businessId
  const { after } = readList(request.url, { sorts: [], defaultSort: '', filters: {} })
  return transaction(shop, 'read-wallet-entries', async (tx) => {
    const names = await namesForWallet(tx)
    const { rows, page } = await readPage({ after, before: null }, async ({ limit, before }) =>
      (await walletEntries(tx, holder, limit, before ?? null)).map((each) => ({ ...each, createdAt: each.at })),
    )
    const own = holder === shop.businessId
    return {
      holder,
      own,
      name: own ? null : (names.get(holder) ?? null),
      older: after !== null,
      // What is newer is where one came from: the balance after each is counted from the beginning.
      page: { ...page, previous: null },
      entries: rows.map((each) => entryShown(each, names)),
    }
  })
}

export default function WalletMovementsPage({ loaderData }: Route.ComponentProps) {
  const { holder, own, name, older, page, entries } = loaderData
  const t = useText()
  return (
    <>
      <PageHeader
        title={t('console.wallet.movements')}
        {...(name === null ? {} : { description: name })}
        back={
          own
            ? { to: '/admin/wallet', label: t('console.wallet.title') }
            : { to: `/admin/resellers/${holder}`, label: name ?? t('console.resellers.title') }
        }
        actions={
          <>
            {older ? (
              <LinkButton to={`/admin/wallet/movements?of=${holder}`}>
                {t('console.wallet.movements.newest')}
              </LinkButton>
            ) : null}
            <LinkButton href={`/admin/wallet/csv?of=${holder}`}>{t('console.wallet.export')}</LinkButton>
          </>
        }
      />
      <Card flush>
        <EntriesTable rows={entries} />
        <Pager page={page} />
      </Card>
    </>
  )
}
