/** The evidence file as a PDF, typeset from `evidence.typ` with the fonts of invoices. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { typeset } from '../document/render-invoice.ts'
import type { EvidenceFile } from './evidence.ts'

const source = readFileSync(fileURLToPath(new URL('evidence.typ', import.meta.url)), 'utf8')

/** A4. */
export const renderEvidencePdf = async (file: EvidenceFile): Promise<Uint8Array> =>
  typeset(source, file, 'the evidence')
