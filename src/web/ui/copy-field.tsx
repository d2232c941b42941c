import { clsx } from 'clsx'
import { Copy, Eye } from 'lucide-react'
import type { ReactNode } from 'react'
import { useText } from './page-context.tsx'

/**
 * A value to be copied: user name, link, key. The whole of it is selected by one tap where there is no script; with one
 * there is a button. `secret` hides it until it is asked for, so that it is not seen on a shared screen.
 */
export function CopyField({
  label,
  value,
  copied = value,
  secret = false,
  clip = false,
}: {
  label: string
  value: string
  /** What the button copies, where another form is wanted than people read. */
  copied?: string
  secret?: boolean
  /** One line, however long: for addresses that are copied and never typed. */
  clip?: boolean
}) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <span className="text-sm text-muted">{label}</span>
      <CopyRow label={label} value={copied}>
        {secret ? <Hidden label={label} value={value} /> : <Value value={value} clip={clip} />}
      </CopyRow>
    </div>
  )
}

/** The value with its button, for places that label it in their own way. */
export function CopyRow({ label, value, children }: { label: string; value: string; children?: ReactNode }) {
  const t = useText()
  return (
    <div className="flex min-h-(--control) min-w-0 items-center gap-1 rounded-control border border-line bg-sunken ps-3 pe-1">
      {children ?? <Value value={value} />}
      <button
        type="button"
        data-copy={value}
        data-copied={t('ui.copied')}
        aria-label={t('ui.copy.what', { what: label })}
        className="needs-script motion inline-flex min-h-(--control-dense) shrink-0 items-center gap-1.5 rounded-control px-2.5 text-sm font-medium text-brand hover:bg-surface"
      >
        <Copy aria-hidden="true" className="size-4" />
        <span data-copy-text>{t('ui.copy')}</span>
      </button>
    </div>
  )
}

/** Hidden by `details`, which opens without any script. */
export function SecretField(props: { label: string; value: string }) {
  return <CopyField {...props} secret />
}

/** One button for all: label and value a line. */
export function CopyAll({ fields }: { fields: readonly { label: string; value: string }[] }) {
  const t = useText()
  return (
    <span>
      <button
        type="button"
        data-copy={fields.map(({ label, value }) => `${label}: ${value}`).join('\n')}
        data-copied={t('ui.copied')}
        className="needs-script motion inline-flex min-h-(--control) items-center gap-2 rounded-control border border-line-strong bg-surface px-4 font-medium hover:bg-sunken"
      >
        <Copy aria-hidden="true" className="size-4" />
        <span data-copy-text>{t('ui.copy.all')}</span>
      </button>
    </span>
  )
}

const Value = ({ value, clip = false }: { value: string; clip?: boolean }) => (
  <bdi className={clsx('code min-w-0 flex-1 py-2 select-all', clip && 'truncate')}>{value}</bdi>
)

function Hidden({ label, value }: { label: string; value: string }) {
  const t = useText()
  return (
    <details className="group flex min-w-0 flex-1 items-center">
      <summary
        aria-label={t('ui.show.what', { what: label })}
        className="inline-flex min-h-(--control-dense) items-center gap-2 text-muted group-open:hidden"
      >
        <span aria-hidden="true" className="tracking-widest">
          ••••••••
        </span>
        <Eye aria-hidden="true" className="size-4" />
        <span className="text-sm font-medium">{t('ui.show')}</span>
      </summary>
      <Value value={value} />
    </details>
  )
}
