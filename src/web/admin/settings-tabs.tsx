import '../i18n/areas/exchange.ts'
import '../i18n/areas/host.ts'
import '../i18n/areas/tax.ts'
import '../i18n/areas/twin.ts'
import { useText } from '../ui/page-context.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { useMay } from './frame.ts'

/** The settings of a shop, each part with an address of its own. */
export function SettingsTabs() {
  const t = useText()
  const may = useMay()
  return (
    <Tabs
      label={t('console.settings.title')}
      tabs={[
        { to: '/admin/settings', label: t('console.settings.shop') },
        { to: '/admin/mail', label: t('console.mail.title') },
        { to: '/admin/host', label: t('console.host.title') },
        ...(may('gateways:see') ? [{ to: '/admin/gateways', label: t('console.gateways.title') }] : []),
        { to: '/admin/life', label: t('life.settings.title') },
        { to: '/admin/tax', label: t('console.tax.title') },
        { to: '/admin/exchange', label: t('exchange.title') },
        { to: '/admin/logins', label: t('console.nav.logins') },
        { to: '/admin/odd-money', label: t('console.nav.oddMoney') },
        { to: '/admin/policy', label: t('console.nav.policy') },
        ...(may('staff:see') ? [{ to: '/admin/staff', label: t('console.staff.title') }] : []),
        ...(may('keys:see') ? [{ to: '/admin/api-keys', label: t('console.keys.title') }] : []),
        { to: '/admin/twin', label: t('console.twin.title') },
      ]}
    />
  )
}
