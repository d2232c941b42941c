/** Statements of account: what a customer was asked for, paid and got back between two days. */
import { renderStatementPdf, statementPaper } from '#modules/billing/statement/render-statement.ts'
import { entryKinds, periodAsked, type StatementEntry, statementOf } from '#modules/billing/statement/statement.ts'
import { findCustomer } from '#modules/people/customers.ts'
import { Refusal } from '#platform/errors.ts'
import { fileRoute, route } from './route.ts'
import { at, byId, minor, money, resource, time, z } from './schemas.ts'

const day = z.iso.date().openapi({ example: '2026-03-31' })

const query = z.strictObject({
  from: day.optional().openapi({ description: 'The first day, in the business’s zone. Left out: that of this year.' }),
  to: day.optional().openapi({ description: 'The last day, part of it. Left out: today.' }),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional()
    .openapi({ description: 'Left out: that of the business.' }),
})

const Entry = z.strictObject({
  at: time,
  kind: z.enum(entryKinds).openapi({
    description:
      '`credit`: what is not owed any more, since its money went back or was kept as balance. `…_undone`: of a refund that did not arrive after all.',
  }),
  number: z.string().nullable().openapi({ description: 'Of the paper that it is, or that it belongs to.' }),
  invoice_id: z.string().nullable(),
  credit_note_id: z.string().nullable(),
  amount: money.openapi({ description: 'Above zero: owed more. Below: owed less.' }),
  balance: money.openapi({ description: 'Owed after it; below zero: what the customer has with the business.' }),
})

const StatementOut = resource('Statement', {
  customer_id: z.string(),
  from: day,
  to: day,
  opening: money,
  entries: z.array(Entry),
  closing: money.openapi({ description: 'Open invoices less what lies on the balance, as far as `to` goes.' }),
})

const entryOf = (entry: StatementEntry, currency: string): z.input<typeof Entry> => ({
  at: at(entry.at),
  kind: entry.kind,
  number: entry.number,
  invoice_id: entry.invoiceId,
  credit_note_id: entry.creditNoteId,
  amount: minor(entry.minor, currency),
  balance: minor(entry.balanceMinor, currency),
})

export const statements = [
  route({
    method: 'get',
    path: '/customers/{id}/statement',
    scope: 'invoices:read',
    summary: 'A customer’s statement of account between two days, in one currency.',
    params: byId('cus'),
    query,
    answer: StatementOut,
    handle: async ({ shop, params, query, read }) => {
      const period = periodAsked(query, shop)
      const found = await read(async (tx) => {
        if ((await findCustomer(tx, params.id)) === null) throw new Refusal('not_found', 'There is no such customer.')
        return statementOf(tx, shop.zone, params.id, period)
      })
      return {
        customer_id: found.customerId,
        from: found.from.toString(),
        to: found.to.toString(),
        opening: minor(found.openingMinor, found.currency),
        entries: found.entries.map((each) => entryOf(each, found.currency)),
        closing: minor(found.closingMinor, found.currency),
        livemode: shop.livemode,
      }
    },
  }),
  fileRoute({
    method: 'get',
    path: '/customers/{id}/statement/pdf',
    scope: 'invoices:read',
    summary: 'The same as a PDF.',
    media: 'application/pdf',
    params: byId('cus'),
    query,
    handle: async ({ shop, params, query, read }) =>
      renderStatementPdf(await read((tx) => statementPaper(tx, shop, params.id, query))),
  }),
]
