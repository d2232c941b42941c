/** What an operator tells us about a media server that asks us. The schema draws the form in the console. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { faultOfFields } from '#platform/templates/fields.ts'

export const addressFields = ['username', 'password', 'token']

const viewerAddress = z
  .string()
  .trim()
  .max(500)
  .superRefine((text, context) => {
    const plain = text.replace(/\{\{.*?\}\}/g, 'x')
    const isAddress = URL.canParse(plain) && ['http:', 'https:'].includes(new URL(plain).protocol)
    const fault = isAddress ? faultOfFields(text, addressFields, 'url') : 'must begin with http:// or https://'
    if (fault !== null) context.addIssue({ code: 'custom', message: fault })
  })

const group = /^(\d{1,6})\s+([^=]{1,80}?)\s*=\s*(\S.*)$/

export type StreamGroup = { id: number; name: string; patterns: string[] }

/** `1 Basic = news1, sports/*`: a number, a name, and the streams it holds. Null when a line is not written so, or a number comes twice. */
export function streamGroups(text: string): StreamGroup[] | null {
  const lines = text
    .split(/\r?\n/)
    .map((each) => each.trim())
    .filter(Boolean)
  const groups = lines.map((line) => {
    const [, id, name = '', names = ''] = group.exec(line) ?? []
    const patterns = names
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean)
    return id === undefined ? null : { id: Number(id), name, patterns }
  })
  const known = groups.filter((each) => each !== null)
  return known.length === groups.length && new Set(known.map(({ id }) => id)).size === known.length ? known : null
}

export const MediaServerSettings = z.object({
  playlist_url: viewerAddress.meta({
    title: 'Address of the playlist for viewers',
    help: 'On your media server, with the fields {{ token }}, {{ username }}, {{ password }}: http://tv.example:8080/playlist.m3u8?token={{ token }}',
  }),
  guide_url: viewerAddress.meta({
    title: 'Address of the programme guide',
    help: 'The same fields may stand in it: http://tv.example/epg.xml',
  }),
  recheck_seconds: z.coerce.number().int().min(30).max(3_600).default(120).meta({
    title: 'Seconds until the media server asks again',
    help: 'A suspension takes effect within this time. 60 to 180 are usual.',
  }),
  newest_wins: z.boolean().default(false).meta({
    title: 'A new session ends the one before',
    help: 'For lines with one connection. Left off, a second device is refused until the first one stops.',
  }),
  groups: z
    .string()
    .trim()
    .max(4_000)
    .default('')
    .refine((text) => streamGroups(text) !== null, 'must be lines like 1 Basic = news1, sports/*, each number once')
    .meta({
      title: 'Groups of streams',
      help: 'One in a line: number, name, = and the names of its streams, * for any text. Products choose among them. Without any, every line may watch everything.',
      long: true,
    }),
  kept_minutes: z.coerce.number().int().min(0).max(10_080).default(360).meta({
    title: 'Minutes for which known viewers are still answered when our own database is away',
    help: 'From what was read last. 0: nobody is, and the media server stays with what it decided before.',
  }),
  address_number: z.coerce.number().int().min(1).max(1_000_000).default(1).meta({
    title: 'Number of the secret address',
    help: 'Raise it when the address got into wrong hands: another one is made, and must be entered in the media server.',
  }),
  token_key: z
    .string()
    .trim()
    .min(20, 'is too short')
    .max(200)
    .default(() => randomBytes(32).toString('base64url'))
    .meta({
      secret: true,
      title: 'Key of the tokens',
      help: 'Made by itself when left empty. With another one all playlists change.',
    }),
})
export type MediaServerSettings = z.infer<typeof MediaServerSettings>
