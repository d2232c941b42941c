/**
 * The European Central Bank's reference rates: one file, written anew about 16:00 Frankfurt time on each day on which TARGET works. One euro is
 * so many of each currency. It needs no account, and says nothing about how long a rate holds.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import type { HttpOut } from '#platform/http-out.ts'
import { isCurrency } from '#platform/money.ts'

export const ecbAddress = 'https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml'

const provider = 'ecb'
const mostBytes = 200_000

export type ToldRates = { base: 'EUR'; day: string; rates: Record<string, string> }

const File = z.object({
  Envelope: z.object({
    Cube: z.object({
      Cube: z.object({
        '@time': z.iso.date(),
        Cube: z
          .array(z.object({ '@currency': z.string(), '@rate': z.string().regex(/^\d{1,9}(\.\d{1,10})?$/) }))
          .min(1),
      }),
    }),
  }),
})

/** Throws `ProviderError` `unavailable`: nothing is known anew. */
export async function fetchEcbRates(http: Pick<HttpOut, 'request'>, url: string): Promise<ToldRates> {
  const answer = await http.request({ provider, method: 'GET', url, writes: false, maxBytes: mostBytes })
  if (answer.status !== 200)
    throw new ProviderError(provider, 'unavailable', `the file of rates answered ${answer.status}`)
  const told = parseEcbRates(answer.text)
  if (told === null) throw new ProviderError(provider, 'unavailable', 'what was answered is no file of rates')
  return told
}

/** Null: it is no such file. */
export function parseEcbRates(text: string): ToldRates | null {
  // Whoever declares entities wants them expanded; the bank's file has none.
  if (text.includes('<!DOCTYPE') || XMLValidator.validate(text) !== true) return null
  const read = File.safeParse(parser.parse(text))
  if (!read.success) return null
  const { '@time': day, Cube: cubes } = read.data.Envelope.Cube.Cube
  const known = cubes.filter((each) => isCurrency(each['@currency']) && /[1-9]/.test(each['@rate']))
  return { base: 'EUR', day, rates: Object.fromEntries(known.map((each) => [each['@currency'], each['@rate']])) }
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  isArray: (_name, path) => path === 'Envelope.Cube.Cube.Cube',
})
