import { makeCodes } from '#modules/vouchers/make-codes.ts'
import { printCards } from '#modules/vouchers/print-cards.ts'
import type { Route } from './+types/voucher-codes.ts'
import { csvAnswer } from './csv-answer.server.ts'
import { actAs } from './guard.server.ts'

/** The codes of a batch, made and shown this once: a file with a line for each, or cards to print. */
export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'wallets:money')
  const codes = await makeCodes(shop, params.id, { anew: form.get('anew') === 'yes' })
  if (form.get('as') === 'cards')
    return new Response((await printCards(shop, params.id, codes)) as Uint8Array<ArrayBuffer>, {
      headers: {
        'content-type': 'application/pdf',
        'content-disposition': `attachment; filename="vouchers-${params.id.slice(-7)}.pdf"`,
        'cache-control': 'private, no-store',
      },
    })
  const text = ['number,code', ...codes.map(({ number, code }) => `${number},${code}`), ''].join('\r\n')
  return csvAnswer(text, `vouchers-${params.id.slice(-7)}.csv`)
}
