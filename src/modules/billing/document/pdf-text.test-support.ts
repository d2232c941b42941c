/**
 * What is written in a PDF of ours, read back from the file: words as they lie on the page, line by line. It knows what typst writes (fonts with a
 * table to Unicode, moves without turns), and no other PDF.
 */
import { inflateSync } from 'node:zlib'

export type Written = { text: string; x: number; y: number }

/** The lines of each page, from the top; words of a line from the left, as the eye meets them. */
export function linesOfPdf(pdf: Uint8Array): string[][] {
  return writtenIn(pdf).map((pieces) => {
    const lines = Map.groupBy(pieces, ({ y }) => Math.round(y))
    return [...lines]
      .sort(([a], [b]) => a - b)
      .map(([, line]) =>
        line
          .sort((a, b) => a.x - b.x)
          .map(({ text }) => text)
          .join(' '),
      )
  })
}

/** Every run of text of every page, with its place: points from the left and from the top. */
export function writtenIn(pdf: Uint8Array): Written[][] {
  const file = Buffer.from(pdf).toString('latin1')
  const objects = new Map(
    [...file.matchAll(/(\d+) 0 obj\n(.*?)\nendobj/gs)].map(([, id = '', body = '']) => [id, body]),
  )
  const at = (id: string | undefined) => objects.get(id ?? '') ?? ''
  const one = (body: string, pattern: RegExp) => pattern.exec(body)?.[1]
  const pages = [...objects.values()].filter((body) => /\/Type \/Page\s/.test(body))
  return pages.map((page) => {
    const resources = at(one(page, /\/Resources (\d+) 0 R/))
    const fonts = new Map(
      [...resources.matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name = '', id]) => [
        name,
        unicodeOf(streamOf(at(one(at(id), /\/ToUnicode (\d+) 0 R/)))),
      ]),
    )
    return runsOf(streamOf(at(one(page, /\/Contents (\d+) 0 R/))), fonts)
  })
}

function streamOf(body: string): string {
  const [, packed] = /\nstream\n(.*)\nendstream$/s.exec(body) ?? []
  return packed === undefined ? '' : inflateSync(Buffer.from(packed, 'latin1')).toString('latin1')
}

function unicodeOf(table: string): Map<string, string> {
  const pairs = [...table.matchAll(/<([0-9A-F]{4})> <([0-9A-F]+)>/g)]
  return new Map(
    pairs.map(([, glyph = '', units = '']) => [
      glyph,
      String.fromCharCode(...[...units.matchAll(/.{4}/g)].map(([unit]) => Number.parseInt(unit, 16))),
    ]),
  )
}

type Place = { x: number; y: number }

function runsOf(content: string, fonts: ReadonlyMap<string, ReadonlyMap<string, string>>): Written[] {
  const found: Written[] = []
  let font: ReadonlyMap<string, string> = new Map()
  let place: Place = { x: 0, y: 0 }
  let line: Place = { x: 0, y: 0 }
  const kept: { place: Place; font: typeof font }[] = []
  for (const { code, glyphs } of statementsOf(content)) {
    const [a = 1, , , d = 1, e = 0, f = 0] = code.split(' ').map(Number)
    if (code === 'q') kept.push({ place, font })
    else if (code === 'Q') ({ place, font } = kept.pop() ?? { place, font })
    // The first turns the page over, so that everything is counted from its top.
    else if (code.endsWith(' cm') && !(a === 1 && d === -1)) place = { x: place.x + e, y: place.y + f }
    else if (code.endsWith(' Tm')) line = { x: place.x + e, y: place.y + f }
    else if (code.endsWith(' Tf')) font = fonts.get(/^\/(F\d+)/.exec(code)?.[1] ?? '') ?? font
    else if (/T[Jj]$/.test(code)) found.push({ text: glyphs.map((each) => font.get(each) ?? '').join(''), ...line })
  }
  return found
}

type Statement = { code: string; glyphs: string[] }

/** One a line. A string holds two bytes a glyph: any bytes, line breaks too, parentheses bare where they are in pairs. */
function* statementsOf(content: string): Generator<Statement> {
  let code = ''
  let bytes: number[] = []
  for (let at = 0; at < content.length; at++) {
    const char = content[at] ?? ''
    if (char === '(') at = readString(content, at, bytes)
    else if (char !== '\n') code += char
    if (char !== '\n' && at < content.length - 1) continue
    yield { code, glyphs: inPairs(bytes) }
    code = ''
    bytes = []
  }
}

/** Where the string ends that begins there; its bytes are added. */
function readString(content: string, from: number, bytes: number[]): number {
  let depth = 0
  for (let at = from; at < content.length; at++) {
    const char = content[at] ?? ''
    if (char === '\\') {
      const [, octal, plain = ''] = /^\\(?:([0-7]{1,3})|(.))/s.exec(content.slice(at, at + 4)) ?? []
      bytes.push(octal === undefined ? (escapes[plain] ?? plain.charCodeAt(0)) : Number.parseInt(octal, 8))
      at += octal?.length ?? 1
      continue
    }
    if (char === '(') depth++
    if (char === ')') depth--
    if (depth === 0) return at
    if (at > from) bytes.push(char.charCodeAt(0))
  }
  return content.length
}

const escapes: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, f: 12 }

const inPairs = (bytes: readonly number[]): string[] =>
  Array.from({ length: bytes.length / 2 }, (_, n) =>
    ((bytes[2 * n] ?? 0) * 256 + (bytes[2 * n + 1] ?? 0)).toString(16).toUpperCase().padStart(4, '0'),
  )
