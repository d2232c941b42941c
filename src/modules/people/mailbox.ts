/** Whose mailbox an address is. Values only. */

/** One mailbox has many spellings: capitals, a plus tag, at Gmail also dots and two domains. They are the same person. */
export function mailboxOf(email: string): string {
  const [name = '', domain = ''] = email
    .trim()
    .toLowerCase()
    .split(/@(?=[^@]*$)/)
  const bare = name.split('+')[0] ?? name
  const gmail = domain === 'gmail.com' || domain === 'googlemail.com'
  return gmail ? `${bare.replaceAll('.', '')}@gmail.com` : `${bare}@${domain}`
}
