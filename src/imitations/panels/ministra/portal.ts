/** The portal's state: accounts, tariffs, tokens of boxes and apps. */
import type { Kit, Shelf } from '../../kit.ts'
import type { MinistraOptions } from '../ministra.ts'

/** A row of the table `users`. Names as the API shows them; `end_date` is a text in the portal's own zone. */
export type Account = {
  id: number
  account_number: string
  login: string
  password: string
  full_name: string
  phone: string
  comment: string
  /** The tariff's external id, or 0 for none. */
  tariff_plan: string | number
  status: number
  stb_mac: string
  end_date: string
  account_balance: string
  online: number
  created: string
}

export const never = '0000-00-00 00:00:00'

export const tariffs = [
  { external_id: 'basic', name: 'Basic', packages: [{ external_id: 'general', name: 'General', optional: '0' }] },
  {
    external_id: 'premium',
    name: 'Premium',
    packages: [
      { external_id: 'general', name: 'General', optional: '0' },
      { external_id: 'films', name: 'Films', optional: '1' },
    ],
  },
] as const

export type Portal = ReturnType<typeof openPortal>

export function openPortal(kit: Kit, options: MinistraOptions) {
  const accounts: Shelf<Account> = kit.store.shelf('accounts')
  /** Whom a token lets in. */
  const tokens: Shelf<{ token: string; account: number }> = kit.store.shelf('tokens')
  const all = () => [...accounts.values()]
  const byLogin = new Map<string, number>()
  for (const { id, login } of all()) byLogin.set(login.toLowerCase(), id)

  /** Wall-clock time of the portal's server, as MySQL writes it. */
  const wallClock = (instant: Temporal.Instant) =>
    instant
      .toZonedDateTimeISO(options.time_zone)
      .toPlainDateTime()
      .toString({ smallestUnit: 'second', roundingMode: 'floor' })
      .replace('T', ' ')

  return {
    all,
    tokens,
    wallClock,
    now: () => wallClock(kit.now()),
    endsAccounts: options.internal_billing === 'on',

    /** As MySQL compares: whatever the case. */
    named: (login: string) => accounts.get(byLogin.get(login.toLowerCase()) ?? -1),
    numbered: (number: string) => all().filter((each) => each.account_number === number),
    withMac: (mac: string) => all().find((each) => each.stb_mac === mac),

    save(account: Account): Account {
      const before = accounts.get(account.id)
      if (before) byLogin.delete(before.login.toLowerCase())
      accounts.put(account.id, account)
      byLogin.set(account.login.toLowerCase(), account.id)
      // A box that was moved, or an account that was cut off, signs in anew.
      if (before?.stb_mac !== account.stb_mac || account.status === 0) forgetTokens(account.id)
      return account
    },
    remove(account: Account) {
      byLogin.delete(account.login.toLowerCase())
      accounts.delete(account.id)
      forgetTokens(account.id)
    },
    mayWatch: (account: Account): boolean => {
      const over =
        options.internal_billing === 'on' && account.end_date !== never && account.end_date <= wallClock(kit.now())
      return account.status === 1 && !over
    },
  }

  function forgetTokens(account: number) {
    for (const each of [...tokens.values()]) if (each.account === account) tokens.delete(each.token)
  }
}
