import { CopyAll, CopyField, CopyRow } from '../ui/copy-field.tsx'
import { useText } from '../ui/page-context.tsx'
import { QrCode } from '../ui/qr-code.tsx'
import type { LoginField } from './login.server.ts'

/** Of six columns: an address is long, a port is not; all others share a row by two. */
const widths: Partial<Record<LoginField['key'], string>> = {
  server: 'sm:col-span-4',
  port: 'sm:col-span-2',
  m3u: 'sm:col-span-6',
  epg: 'sm:col-span-6',
  portal: 'sm:col-span-6',
}

/** The TV login: each value to copy, the password to hide, links as QR codes for a second screen. */
export function LoginBlock({ fields }: { fields: readonly LoginField[] }) {
  const t = useText()
  const labeled = fields.map(({ key, value }) => ({ key, value, label: t(`store.login.${key}`) }))
  const links = labeled.filter(({ key }) => key === 'm3u' || key === 'epg' || key === 'portal')
  return (
    <div className="flex flex-col gap-5">
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:grid-cols-6">
        {labeled.map(({ key, label, value }) => (
          <div key={key} data-field={key} className={`min-w-0 ${widths[key] ?? 'sm:col-span-3'}`}>
            {key === 'password' ? <Password label={label} value={value} /> : <CopyField label={label} value={value} />}
          </div>
        ))}
      </div>
      <CopyAll fields={labeled} />
      <details className="group rounded-card border border-line">
        <summary className="flex min-h-11 items-center justify-between px-4 font-medium">
          {t('store.login.codes')}
          <span className="text-sm text-brand group-open:hidden">{t('ui.show')}</span>
          <span className="hidden text-sm text-brand group-open:inline">{t('ui.hide')}</span>
        </summary>
        <ul className="flex flex-wrap gap-6 px-4 pt-2 pb-4">
          {links.map(({ key, label, value }) => (
            <li key={key} className="flex flex-col gap-2">
              <QrCode value={value} what={label} />
              <span className="text-sm text-muted">{label}</span>
            </li>
          ))}
        </ul>
      </details>
    </div>
  )
}

/** In clear, since it is what this page is for; one tap hides it where others look on. */
function Password({ label, value }: { label: string; value: string }) {
  const t = useText()
  return (
    <details open className="group min-w-0">
      <summary className="flex flex-col gap-1 text-sm text-muted">
        <span className="-mt-5 flex min-h-11 min-w-0 items-end justify-between gap-3 sm:mt-0 sm:min-h-0">
          {label}
          <span className="hidden shrink-0 font-medium text-brand group-open:inline">{t('ui.hide')}</span>
          <span className="shrink-0 font-medium text-brand group-open:hidden">{t('ui.show')}</span>
        </span>
        <span
          aria-hidden="true"
          className="flex min-h-(--control) items-center rounded-control border border-line bg-sunken px-3 tracking-widest group-open:hidden"
        >
          ••••••••
        </span>
      </summary>
      <div className="mt-1">
        <CopyRow label={label} value={value} />
      </div>
    </details>
  )
}
