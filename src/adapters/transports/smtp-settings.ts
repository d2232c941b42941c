/** What an SMTP transport must know, from the console's form or from `SMTP_URL`. */
import { z } from 'zod'
import { StartError } from '#platform/errors.ts'

/** One mailbox: a list, a group or a display name would let one message reach several people. */
const mailbox = z.email('must be one e-mail address').max(254)
const oneLine = (longest: number) =>
  z
    .string()
    .trim()
    .max(longest)
    .regex(/^\P{Cc}*$/u, 'must be one line')

export const SmtpSettings = z
  .object({
    host: oneLine(253).min(1, 'is missing').meta({ title: 'Server', help: 'Name or address of the mail server.' }),
    port: z.coerce.number().int().min(1).max(65_535).meta({ title: 'Port', help: '587 for STARTTLS, 465 for TLS.' }),
    secure: z.enum(['starttls', 'tls', 'none']).default('starttls').meta({
      title: 'Encryption',
      help: 'STARTTLS is required once chosen: nothing is sent to a server that does not offer it.',
    }),
    user: oneLine(320).min(1).nullish().meta({ title: 'User name', help: 'Leave empty if the server asks for none.' }),
    password: z.string().min(1).max(1_000).nullish().meta({ title: 'Password', secret: true }),
    from_name: oneLine(100).default('').meta({ title: 'Sender name' }),
    from_address: mailbox.meta({
      title: 'Sender address',
      help: 'Bounces come back to it. The server must let this user send from it.',
    }),
    reply_to: mailbox.nullish().meta({ title: 'Reply-to address', help: 'Where answers go, if not to the sender.' }),
    certificate: z.string().trim().max(20_000).nullish().meta({
      title: 'Certificate authority (PEM)',
      help: 'Only for a server whose certificate no public authority signed.',
    }),
  })
  .check(({ value, issues }) => {
    if (value.user && !value.password) issues.push(missing('password', 'a user name needs its password', value))
    if (value.password && !value.user) issues.push(missing('user', 'a password needs its user name', value))
  })

export type SmtpSettings = z.infer<typeof SmtpSettings>

/**
 * `smtp://user:password@host:587?from=Name <billing@shop.example>&reply_to=help@shop.example`. `smtps://` is TLS from the first
 * byte (465); `smtp://` asks for STARTTLS (587) unless it says `&secure=none`. Throws one `StartError` that names every fault.
 */
export function smtpSettingsFromUrl(text: string): SmtpSettings {
  const faults: string[] = []
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['smtp:', 'smtps:'].includes(url.protocol))
    throw new StartError('SMTP_URL is not an address that begins with smtp:// or smtps://.')

  for (const name of url.searchParams.keys())
    if (!['from', 'reply_to', 'secure'].includes(name)) faults.push(`"${name}" is not one of from, reply_to, secure`)
  const sender = senderOf(url.searchParams.get('from') ?? '')
  if (sender.address === '') faults.push('the sender is missing: add ?from=billing@shop.example')

  const implicit = url.protocol === 'smtps:'
  const secure = url.searchParams.get('secure') ?? (implicit ? 'tls' : 'starttls')
  if (implicit && secure !== 'tls') faults.push('smtps:// is encrypted from the first byte: leave "secure" away')

  const parsed = SmtpSettings.safeParse({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (implicit ? 465 : 587) : Number(url.port),
    secure,
    user: decoded(url.username, 'user name', faults),
    password: decoded(url.password, 'password', faults),
    from_name: sender.name,
    from_address: sender.address,
    reply_to: url.searchParams.get('reply_to'),
  })
  for (const { path, message } of parsed.error?.issues ?? []) {
    const field = String(path[0])
    if (field !== 'from_address' || sender.address !== '') faults.push(`${names[field] ?? field}: ${message}`)
  }
  if (faults.length > 0 || !parsed.success) throw new StartError(`SMTP_URL cannot work: ${faults.join('; ')}.`)
  return parsed.data
}

const names: Record<string, string> = {
  from_address: 'from',
  from_name: 'from',
  host: 'the server',
  secure: '"secure"',
}

/** `Name <address>` or an address alone. */
function senderOf(text: string): { name: string; address: string } {
  const match = /^\s*(?:"?([^"<]*?)"?\s*)<([^<>]*)>\s*$/.exec(text)
  return match ? { name: match[1] ?? '', address: match[2] ?? '' } : { name: '', address: text.trim() }
}

function decoded(text: string, what: string, faults: string[]): string | null {
  try {
    return text === '' ? null : decodeURIComponent(text)
  } catch {
    faults.push(`the ${what} has a % that is not followed by two hex digits (a % itself is written %25)`)
    return null
  }
}

const missing = (field: string, message: string, input: unknown) => ({
  code: 'custom' as const,
  path: [field],
  message,
  input,
})
