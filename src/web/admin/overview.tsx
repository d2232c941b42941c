import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/overview.ts'
import { staffOf } from './guard.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  await staffOf(context, request)
  return null
}

export default function Overview() {
  const t = useText()
  return <PageHeader title={t('console.overview.title')} />
}
