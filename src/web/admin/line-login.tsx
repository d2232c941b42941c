import { data, Form, useActionData } from 'react-router'
import type { ConnectionDetails } from '#adapters/panels/panel.ts'
import { transaction } from '#app.ts'
import { record } from '#modules/events/record.ts'
import { connectionDetails } from '#modules/lines/tell.ts'
import { Refusal } from '#platform/errors.ts'
import { doorOf, webOf } from '#web/context.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/line-login.ts'
import { actAs, requireRecent, staffOf } from './guard.server.ts'
import { readLine } from './line.server.ts'

/** The TV login in clear, for staff: after a fresh sign-in, counted, and told in the line's history before it is shown. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const staff = await staffOf(context, request, 'lines:secrets')
  requireRecent(staff, request)
  const { id, username } = await transaction(staff.shop, 'read-line', (tx) => readLine(tx, params.id))
  return { id, username }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, member } = await actAs(context, request, 'lines:secrets', { recent: true })
  await doorOf(webOf(context)).limits.count('show_secret', { account: member.userId })
  const line = await transaction(shop, 'show-login', async (tx) => {
    const found = await readLine(tx, params.id)
    const { id, customerId } = found
    await record(tx, shop, shop.now(), { type: 'line.login_shown', subjectType: 'line', subjectId: id, customerId })
    return found
  })
  const login = await connectionDetails(shop, line)
  if (login === null) throw new Refusal('conflict', 'This line is not on its panel yet.')
  return data({ login, mac: line.mac }, { headers: { 'cache-control': 'no-store' } })
}

/** What this line has of it: a box has its portal and its MAC address only. */
function fieldsOf(login: ConnectionDetails, mac: string | null) {
  const all = [
    ['console.line.mac', mac],
    ['console.login.portal', login.portalUrl],
    ['console.login.server', login.username === null ? null : login.serverUrl],
    ['console.line.username', login.username],
    ['console.login.password', login.password],
    ['console.login.m3u', login.m3uUrl],
    ['console.login.epg', login.epgUrl],
  ] as const
  return all.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]))
}

export default function LineLoginPage({ loaderData: { id, username } }: Route.ComponentProps) {
  const t = useText()
  const answer = useActionData<typeof action>()
  const { login, mac } = answer && 'login' in answer ? answer : { login: null, mac: null }
  return (
    <>
      <PageHeader title={t('console.login.title', { username })} back={{ to: `/admin/lines/${id}`, label: username }} />
      <Card className="max-w-xl">
        {login ? (
          <div className="flex flex-col gap-4">
            {fieldsOf(login, mac).map(([name, value]) => (
              <CopyField key={name} label={t(name)} value={value} />
            ))}
            <p className="text-sm text-muted">{t('console.login.noted')}</p>
          </div>
        ) : (
          <Form method="post" className="flex flex-col gap-5">
            <Alert tone="warn">{t('console.login.lead')}</Alert>
            <div className="flex flex-wrap justify-end gap-2">
              <LinkButton to={`/admin/lines/${id}`}>{t('ui.cancel')}</LinkButton>
              <Button look="primary">{t('console.line.showLogin')}</Button>
            </div>
          </Form>
        )}
      </Card>
    </>
  )
}
