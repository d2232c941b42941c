/**
 * The invoice as a PDF, typeset by typst from `invoice.typ`. The same document gives the same bytes: fonts are shipped
 * here, and the only date in the file is the invoice's own. They cover Latin, Greek, Cyrillic, Arabic and Hebrew; for a
 * name in another script typst takes a font of the machine, when it has one.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { NodeCompiler, type NodeError } from '@myriaddreamin/typst-ts-node-compiler'
import type { InvoiceDocument } from './document.ts'
import { viewOf } from './view.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const source = readFileSync(`${here}invoice.typ`, 'utf8')

/** Reading the fonts takes some milliseconds, and no one should pay for them who never prints. */
let compiler: NodeCompiler | null = null

/** A4. Typesetting is native code on this thread: some milliseconds for a usual invoice. */
export const renderInvoicePdf = async (document: InvoiceDocument): Promise<Uint8Array> =>
  typeset(source, viewOf(document), 'the invoice')

/** Any of our papers: `mainFileContent` reads `data`, which is never markup. `what` is how a fault calls it. */
export function typeset(mainFileContent: string, data: unknown, what: string): Uint8Array {
  compiler ??= NodeCompiler.create({ workspace: here, fontArgs: [{ fontPaths: [`${here}fonts`] }] })
  try {
    const pdf = compiler.pdf({ mainFileContent, inputs: { data: JSON.stringify(data) } })
    return new Uint8Array(pdf)
  } catch (error) {
    const details = (error as NodeError).shortDiagnostics
    throw details ? new Error(`${what} could not be typeset: ${JSON.stringify(details)}`) : error
  } finally {
    compiler.evictCache(10) // Or every invoice ever printed would stay in memory.
  }
}
