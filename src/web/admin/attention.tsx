import { transaction } from '#app.ts'
import { closeAttention, listAttention } from '#modules/people/attention.ts'
import { Refusal } from '#platform/errors.ts'
import { redirectWith } from '#web/flash.ts'
import { Card } from '../ui/card.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/attention.ts'
import { AttentionList } from './attention-list.tsx'
import { actAs, staffOf } from './guard.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request)
  const found = await transaction(shop, 'read-attention', (tx) => listAttention(tx))
  return { items: found.map(({ openedAt, ...item }) => ({ ...item, openedAt: openedAt.toString() })) }
}

/** Marks an item as done. Its cause may raise it again: then it is news. */
export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'orders:change')
  const id = String(form.get('id') ?? '')
  const closed = await transaction(shop, 'close-attention', (tx) => closeAttention(tx, id, shop.actor, shop.now()))
  if (closed === 0 && !/^att_[a-z0-9]{26}$/i.test(id)) throw new Refusal('not_found', 'There is no such item.')
  return redirectWith(form.get('back') === '/admin' ? '/admin' : '/admin/attention', 'console.attention.closed')
}

export default function AttentionPage({ loaderData: { items } }: Route.ComponentProps) {
  const t = useText()
  return (
    <>
      <PageHeader title={t('console.attention.title')} description={t('console.attention.lead')} />
      <Card flush>
        <AttentionList items={items} back="/admin/attention" />
      </Card>
    </>
  )
}
