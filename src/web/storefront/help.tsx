import { Link } from 'react-router'
import { devicesIn } from '#modules/messages/guides.ts'
import { webOf } from '#web/context.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/help.ts'
import { Store } from './frame.tsx'

export const handle = { plain: true }

export const loader = ({ context }: Route.LoaderArgs) => ({ devices: devicesIn(webOf(context).locale) })

/** Which device? Big targets, usable with a remote control. */
export default function Help({ loaderData }: Route.ComponentProps) {
  const t = useText()
  return (
    <Store>
      <PageHeader title={t('store.help.title')} description={t('store.help.lead')} />
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:grid-cols-2 lg:grid-cols-3">
        {loaderData.devices.map(({ device, title, summary }) => (
          <li key={device}>
            <Link
              to={`/help/${device}`}
              className="flex h-full flex-col gap-1 rounded-card border border-line-strong bg-surface p-5 hover:bg-sunken"
            >
              <span className="text-lg font-semibold">{title}</span>
              <span className="text-muted">{summary}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Store>
  )
}
