import { useText } from '../ui/page-context.tsx'
import { Tabs } from '../ui/tabs.tsx'

export function MessageTabs() {
  const t = useText()
  return (
    <Tabs
      label={t('console.messages.title')}
      tabs={[
        { to: '/admin/messages', label: t('console.messages.log'), end: true },
        { to: '/admin/messages/templates', label: t('console.templates.title') },
      ]}
    />
  )
}
