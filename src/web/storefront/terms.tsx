import { webOf } from '#web/context.ts'
import { useText } from '../ui/page-context.tsx'
import type { Route } from './+types/terms.ts'
import { legalText } from './legal.server.ts'
import { Legal } from './legal.tsx'

export const handle = { plain: true }

export const loader = ({ context }: Route.LoaderArgs) => legalText(webOf(context), 'terms')

export default function Terms({ loaderData }: Route.ComponentProps) {
  const t = useText()
  return <Legal title={t('store.nav.terms')} {...loaderData} />
}
