/** Our account at a panel that charges, as its page shows it and lets staff explain it. */
import { plainCredits } from '#adapters/panels/normalize.ts'
import { transaction } from '#app.ts'
import {
  accountDifferences,
  accountPurchases,
  explainDifference,
  notePurchase,
  undoPurchase,
} from '#modules/lines/compare-account.ts'
import type { PanelRow } from '#modules/lines/panels.ts'
import type { Tx } from '#platform/db.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { type FormReader, formReader } from './form-reader.server.ts'
import type { Staff } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'

/** The newest of both; all of them are in the API. */
const shownAtMost = 10

export async function shownAccount(tx: Tx, panel: Pick<PanelRow, 'id' | 'comparedAt'>, charged: boolean) {
  if (!charged) return null
  const found = await accountDifferences(tx, panel.id, { limit: shownAtMost })
  const bought = (await accountPurchases(tx, panel.id, { limit: 50 })).filter(({ undoneAt }) => undoneAt === null)
  return {
    comparedAt: panel.comparedAt?.toString() ?? null,
    formKey: newFormKey(),
    differences: found.map((each) => ({
      id: each.id,
      from: each.fromAt.toString(),
      at: each.at.toString(),
      // What is left where something is; else all that came.
      credits: signed(each.state === 'clear' ? each.bought : each.rest),
      bought: Number(each.bought) === 0 || each.state === 'clear' ? null : plainCredits(each.bought),
      state: each.state,
      reason: each.reason,
      purchases: bought
        .filter(({ differenceId }) => differenceId === each.id)
        .map(({ id, credits }) => ({ id, credits: plainCredits(credits) })),
    })),
    awaited: bought
      .filter(({ differenceId }) => differenceId === null)
      .map(({ id, credits, note, createdAt }) => ({
        id,
        credits: plainCredits(credits),
        note,
        at: createdAt.toString(),
      })),
  }
}

const signed = (decimal: string): string => (decimal.startsWith('-') ? '' : '+') + plainCredits(decimal)

export const actOnAccount = {
  async note({ shop, form }: Staff & { form: FormData }, panelId: string, request: Request) {
    const read = formReader(form)
    const credits = boughtOf(read)
    const note = read.text('note', { least: 0, most: 200 })
    if (read.failed) return failure(read.errors, form)
    await once(shop, request, form, (open) =>
      transaction(open, 'note-purchase', (tx) => notePurchase(tx, open, panelId, { credits, note })),
    )
    return redirectWith(`/admin/panels/${panelId}`, 'console.account.noted')
  },

  async undo({ shop, form }: Staff & { form: FormData }, panelId: string) {
    const id = formReader(form).raw('purchase')
    await transaction(shop, 'undo-purchase', (tx) => undoPurchase(tx, shop, id))
    return redirectWith(`/admin/panels/${panelId}`, 'console.account.undone')
  },

  async explain({ shop, form }: Staff & { form: FormData }, panelId: string) {
    const read = formReader(form)
    const reason = read.text('reason', { most: 500 })
    if (read.failed) return failure(read.errors, form)
    await transaction(shop, 'explain-account', (tx) => explainDifference(tx, shop, read.raw('difference'), reason))
    return redirectWith(`/admin/panels/${panelId}`, 'console.account.explained')
  },
}

/** A comma is taken for a point. */
function boughtOf(read: FormReader): string {
  const text = read.raw('credits').replace(',', '.')
  if (!/^\d{1,9}(\.\d{1,4})?$/.test(text) || Number(text) === 0)
    read.refuse('credits', 'Please enter a number like 50.')
  return text
}
