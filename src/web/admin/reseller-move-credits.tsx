import '../i18n/areas/resellers.ts'
import { Form } from 'react-router'
import { type Shop, transaction } from '#app.ts'
import { moveCredits } from '#modules/reselling/move-credits.ts'
import { listBranch, type Reseller, readChild } from '#modules/reselling/queries.ts'
import { formatCredits, parseCredits } from '#modules/reselling/rules.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { translator } from '#web/i18n/translate.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/reseller-move-credits.ts'
import { ReasonField } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { actAs, staffOf } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'

/** Credits of one reseller go to another one of the same parent: first what both will have, then the act itself. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'credits:money')
  const asked = new URL(request.url).searchParams
  const wanted = { to: asked.get('to') ?? '', amount: asked.get('amount') ?? '' }
  const { from, others } = await bothSides(shop, params.id)
  const target = others.find(({ id }) => id === wanted.to)
  const amount = parseCredits(wanted.amount) ?? 0n
  const t = translator('en')
  const errors: Record<string, string> = {}
  if (wanted.to !== '' && target === undefined) errors.to = t('console.reseller.transfer.to.wrong')
  if (wanted.amount !== '' && amount === 0n) errors.amount = t('console.reseller.amount.wrong')
  if (amount > freeOf(from))
    errors.amount = t('console.reseller.transfer.tooMuch', { credits: formatCredits(freeOf(from)) })
  const sound = target !== undefined && amount > 0n && Object.keys(errors).length === 0
  const side = (each: Reseller, change: bigint) => ({
    id: each.id,
    name: each.name,
    before: formatCredits(freeOf(each)),
    after: formatCredits(freeOf(each) + change),
  })
  return {
    id: from.id,
    name: from.name,
    free: formatCredits(freeOf(from)),
    others: others.map((each) => ({
      value: each.id,
      label: t('console.reseller.transfer.choice', { name: each.name, credits: formatCredits(freeOf(each)) }),
    })),
    wanted,
    errors,
    preview: sound ? [side(from, -amount), side(target, amount)] : null,
    formKey: newFormKey(),
  }
}

/** Whom they come from, and everybody who may get them: open businesses of the same parent. */
const bothSides = (shop: Shop, id: string) =>
  transaction(shop, 'read-reseller', async (tx) => ({
    from: await readChild(tx, id),
    others: (await listBranch(tx)).filter((each) => each.depth === 1 && each.id !== id && each.closedAt === null),
  }))

/** What is held for lines stays where it is. */
const freeOf = ({ balance, held }: Reseller): bigint => balance - held

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'credits:money')
  const read = formReader(form)
  const { others } = await bothSides(shop, params.id)
  const toId = read.raw('to')
  if (!others.some(({ id }) => id === toId)) read.refuse('to', translator('en')('console.reseller.transfer.to.wrong'))
  const amountMilli = parseCredits(read.raw('amount')) ?? 0n
  if (amountMilli === 0n) read.refuse('amount', translator('en')('console.reseller.amount.wrong'))
  const reason = read.text('reason', { most: 500 })
  if (read.failed) return failure(read.errors, form)
  await once(shop, request, form, (open) => moveCredits(open, { resellerId: params.id, toId, amountMilli, reason }))
  return redirectWith(`/admin/resellers/${params.id}`, 'console.reseller.transfer.done')
}

type Data = Route.ComponentProps['loaderData']

export default function MoveCreditsPage({ loaderData }: Route.ComponentProps) {
  const { id, name, others, preview } = loaderData
  const t = useText()
  const failed = useFailure()
  return (
    <>
      <PageHeader
        title={t('console.reseller.transfer')}
        description={t('console.reseller.transfer.lead')}
        back={{ to: `/admin/resellers/${id}`, label: name }}
      />
      <div className="flex max-w-3xl flex-col gap-6">
        <FormErrors failure={failed} />
        {others.length === 0 ? (
          <EmptyState title={t('console.reseller.transfer.nobody')}>
            {t('console.reseller.transfer.nobody.lead')}
          </EmptyState>
        ) : (
          <Asking {...loaderData} />
        )}
        {preview === null ? null : <Preview {...loaderData} preview={preview} />}
      </div>
    </>
  )
}

/** To whom, and how many: looking at it changes nothing. */
function Asking({ free, others, wanted, errors }: Data) {
  const t = useText()
  return (
    <Card title={t('console.reseller.transfer.ask')}>
      <Form method="get" className="flex flex-col gap-5">
        <div className="grid grid-cols-1 gap-5 sm:grid-cols-2">
          <Field label={t('console.reseller.transfer.to')} error={errors.to}>
            {(tied) => <Select {...tied} name="to" defaultValue={wanted.to} options={others} />}
          </Field>
          <Field
            label={t('console.reseller.amount')}
            hint={t('console.reseller.transfer.free', { credits: free })}
            error={errors.amount}
          >
            {(tied) => (
              <Input {...tied} name="amount" inputMode="decimal" required maxLength={14} defaultValue={wanted.amount} />
            )}
          </Field>
        </div>
        <div className="flex justify-end">
          <Button>{t('console.reseller.transfer.preview')}</Button>
        </div>
      </Form>
    </Card>
  )
}

function Preview({ id, preview, wanted, formKey }: Data & { preview: NonNullable<Data['preview']> }) {
  const t = useText()
  const { errors = {}, values = {} } = useFailure() ?? {}
  const columns: readonly Column<(typeof preview)[number]>[] = [
    { id: 'name', header: t('console.resellers.name'), cell: (row) => <bdi className="break-words">{row.name}</bdi> },
    {
      id: 'before',
      header: t('console.reseller.transfer.before'),
      align: 'end',
      cell: (row) => <bdi className="tabular-nums">{row.before}</bdi>,
    },
    {
      id: 'after',
      header: t('console.reseller.transfer.after'),
      align: 'end',
      cell: (row) => <bdi className="font-medium tabular-nums">{row.after}</bdi>,
    },
  ]
  return (
    <Card title={t('console.reseller.transfer.result')} flush>
      <DataTable
        caption={t('console.reseller.transfer.result')}
        columns={columns}
        rows={preview}
        rowKey={(row) => row.id}
      />
      <Form method="post" className="flex flex-col gap-5 px-5 py-4">
        <input type="hidden" name="form_key" value={formKey} />
        <input type="hidden" name="to" value={wanted.to} />
        <input type="hidden" name="amount" value={wanted.amount} />
        {errors.to || errors.amount ? <Alert tone="bad" title={errors.to ?? errors.amount} /> : null}
        <ReasonField error={errors.reason} defaultValue={values.reason} />
        <div className="flex flex-wrap justify-end gap-2">
          <LinkButton to={`/admin/resellers/${id}`}>{t('ui.cancel')}</LinkButton>
          <Button look="primary" name="act" value="move_credits">
            {t('console.reseller.transfer.go')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}
