import '../i18n/areas/staff.ts'
import { type Translate, textOr } from '#web/i18n/translate.ts'
import { useText } from '../ui/page-context.tsx'
import { Tabs } from '../ui/tabs.tsx'

/** A built-in role has its words in the catalogue; one of the business has the name that it was given. */
export const roleTitle = (t: Translate, { id, name }: { id: string; name: string }): string =>
  name || textOr(t, `console.staff.role.${id}`, id)

/** Who works here, and what the roles are. */
export function StaffTabs() {
  const t = useText()
  return (
    <Tabs
      label={t('console.staff.tabs')}
      tabs={[
        { to: '/admin/staff', label: t('console.staff.people'), end: true },
        { to: '/admin/staff/roles', label: t('console.roles.title') },
      ]}
    />
  )
}
