/** The TV login of a line as plain values, and what its buttons do. */
import { findOrderBySubscription } from '#modules/checkout/queries.ts'
import { listEvents } from '#modules/events/queries.ts'
import { record } from '#modules/events/record.ts'
import { changeMac, macChanges } from '#modules/lines/change-mac.ts'
import { loginSetting } from '#modules/lines/login-settings.ts'
import { renameDays, renameLine } from '#modules/lines/rename-line.ts'
import { resendLogin } from '#modules/lines/resend-login.ts'
import { hasBox, type Line, nameOfLine } from '#modules/lines/rules.ts'
import { connectionDetails } from '#modules/lines/tell.ts'
import { changeTvLogin } from '#modules/lines/want-line.ts'
import { isDeviceKind } from '#modules/messages/guides.ts'
import { readSetting } from '#modules/people/settings.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { doorOf } from '#web/context.ts'
import { redirectWith } from '#web/flash.ts'
import { newFormKey, once } from '../admin/once.server.ts'
import { type LoginField, loginFields } from '../storefront/login.server.ts'
import { read, textOf } from '../storefront/shop.server.ts'
import { type Me, ownLine } from './visitor.server.ts'

export type LoginPage = {
  planName: string
  name: string
  email: string
  device: string
  /** Null while it cannot be used: before the panel confirmed it, while it is changed, after the line stopped. */
  fields: LoginField[] | null
  state: 'ready' | 'changing' | 'setting_up' | 'stopped'
  lastChangedAt: string | null
  /** What can be changed: a box signs in by its MAC address, so one that stands alone has no password. */
  changes: ('password' | 'username' | 'box')[]
  /** How often a customer may change boxes by himself. */
  macChanges: { most: number; days: number }
  /** How often he may rename it by himself; 0: only staff do. */
  renames: { most: number; days: number }
  /** The user name that he asked for, and did not get. */
  wished: string | null
  formKey: string
}

/** Showing it is counted and noted in the line's history. */
export async function loginPage(me: Me, lineId: string): Promise<LoginPage> {
  const { shop, session, customerId } = me
  await doorOf(me.web).limits.count('show_secret', { account: customerId })
  const { planName, line, order, changed, most } = await read(shop, async (tx) => {
    const { planName, line, subscription } = await ownLine(tx, me, lineId)
    const changed = await lastChange(tx, line)
    const { renames_a_month: most } = await readSetting(tx, shop, loginSetting)
    return { planName, line, order: await findOrderBySubscription(tx, subscription.id), changed, most }
  })
  const state = stateOf(line, changed)
  const login = state === 'ready' ? await connectionDetails(shop, line) : null
  if (login !== null)
    await read(shop, (tx) =>
      record(tx, shop, shop.now(), { type: 'line.login_shown', subjectType: 'line', subjectId: line.id, customerId }),
    )
  const device = order?.device ?? ''
  const wished = line.requestedUsername === line.username ? null : line.requestedUsername
  return {
    planName,
    name: nameOfLine(line),
    email: session.email,
    device: line.kind !== 'line' ? 'mag' : isDeviceKind(device) ? device : 'tv_stick',
    fields: login === null ? null : loginFields(login, line.mac),
    state,
    lastChangedAt: changed?.toString() ?? null,
    changes: changesOf(line).filter((change) => change !== 'username' || most > 0 || wished !== null),
    renames: { most, days: renameDays },
    wished,
    macChanges,
    formKey: newFormKey(),
  }
}

const changesOf = (line: Line): LoginPage['changes'] => [
  ...(line.kind === 'line' ? (['password', 'username'] as const) : []),
  ...(hasBox(line) ? (['box'] as const) : []),
]

const typesOfChange = {
  password: 'line.login_changed',
  username: 'line.username_changed',
  box: 'line.mac_changed',
} as const

async function lastChange(tx: Tx, line: Line): Promise<Temporal.Instant | null> {
  const latest: Temporal.Instant[] = []
  for (const change of changesOf(line)) {
    const [event] = await listEvents(tx, { subjectId: line.id, type: typesOfChange[change] }, { limit: 1 })
    if (event !== undefined) latest.push(event.at)
  }
  return latest.sort(Temporal.Instant.compare).at(-1) ?? null
}

/** Only what the panel confirmed is ever shown: a change counts from when the panel was read after it. */
function stateOf(line: Line, changed: Temporal.Instant | null): LoginPage['state'] {
  if (line.wanted !== 'active') return 'stopped'
  if (line.activatedAt === null) return 'setting_up'
  const unread = changed !== null && (line.foundAt === null || Temporal.Instant.compare(line.foundAt, changed) <= 0)
  return unread && line.doneRevision < line.revision ? 'changing' : 'ready'
}

export async function actOnLogin(me: Me, lineId: string, request: Request, form: FormData): Promise<Response> {
  const { shop, web } = me
  const page = `/account/lines/${lineId}/login`
  const { line } = await read(shop, (tx) => ownLine(tx, me, lineId))
  switch (textOf(form, 'act')) {
    case 'change': {
      const own = form.get('kind') === 'own'
      const password = own ? textOf(form, 'password') : null
      await doorOf(web).limits.count('show_secret', { account: `change of ${line.id}` })
      await once(shop, request, form, (open) =>
        read(open, (tx) => changeTvLogin(tx, open, line.id, password, open.now())),
      )
      return redirectWith(page, 'portal.login.changed')
    }
    case 'rename': {
      await doorOf(web).limits.count('username', { network: web.address })
      const typed = textOf(form, 'username')
      await once(shop, request, form, (open) => renameLine(open, line.id, { typed, limited: true }))
      return redirectWith(page, 'portal.rename.done')
    }
    case 'change_box': {
      await doorOf(web).limits.count('show_secret', { account: `change of ${line.id}` })
      const typed = textOf(form, 'mac')
      const accepted = form.get('accept_unusual_mac') === 'yes'
      await once(shop, request, form, (open) =>
        read(open, (tx) => changeMac(tx, open, line.id, { typed, limited: true, accepted }, open.now())),
      )
      return redirectWith(page, 'portal.box.changed')
    }
    case 'resend':
      await doorOf(web).limits.count('magic_link', { account: `login of ${line.id}`, network: web.address })
      await read(shop, (tx) => resendLogin(tx, shop, line.id, shop.now()))
      return redirectWith(page, 'portal.login.resent', { values: { email: me.session.email } })
    default:
      throw new Refusal('bad_request', 'This button is not known.')
  }
}
