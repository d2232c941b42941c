import { webOf } from '#web/context.ts'
import { useText } from '../ui/page-context.tsx'
import type { Route } from './+types/privacy.ts'
import { legalText } from './legal.server.ts'
import { Legal } from './legal.tsx'

export const handle = { plain: true }

export const loader = ({ context }: Route.LoaderArgs) => legalText(webOf(context), 'privacy')

export default function Privacy({ loaderData }: Route.ComponentProps) {
  const t = useText()
  return <Legal title={t('store.nav.privacy')} {...loaderData} />
}
