import type { InvoiceView } from '#modules/billing/document/view.ts'
import { dirOf } from '../i18n/locale.ts'
import { toneSoft } from '../ui/tone.ts'

const tones = { open: 'info', paid: 'good', void: 'none', refunded: 'none' } as const

/** The invoice word for word as in its PDF. Prints on a page of its own. */
export function Paper({ view }: { view: InvoiceView }) {
  const { labels } = view
  return (
    <article
      lang={view.language}
      dir={dirOf(view.language)}
      className="flex flex-col gap-6 rounded-card border border-line bg-surface p-5 sm:p-8"
    >
      <header className="flex flex-wrap items-start justify-between gap-4">
        <div>
          <h2 className="text-xl font-semibold">{view.title}</h2>
          {view.facts.map(({ label, value }) => (
            <p key={label} className="text-sm text-muted">
              {label}: {value}
            </p>
          ))}
        </div>
        {view.state.text === '' ? null : (
          <span className={`rounded-full px-2 py-0.5 text-sm font-medium ${toneSoft[tones[view.state.kind]]}`}>
            {view.state.text}
          </span>
        )}
      </header>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:grid-cols-2">
        <Party title={labels.seller} party={view.seller} />
        <Party title={labels.buyer} party={view.buyer} />
      </div>
      <table className="w-full border-collapse text-start">
        <thead>
          <tr className="border-b border-line text-sm text-muted">
            <th scope="col" className="py-2 pe-4 text-start font-medium">
              {labels.description}
            </th>
            <th scope="col" className="py-2 text-end font-medium">
              {labels.net}
            </th>
          </tr>
        </thead>
        <tbody>
          {view.items.map((item, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a paper's rows never move
            <tr key={index} className="border-b border-line">
              <td className="py-3 pe-4">
                {item.description}
                {item.detail ? <span className="block text-sm text-muted">{item.detail}</span> : null}
              </td>
              <td className="py-3 text-end whitespace-nowrap">{item.net}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <dl className="ms-auto flex w-full max-w-sm flex-col gap-1.5">
        {view.totals.map(({ label, value, strong }) => (
          <div key={label} className={`flex justify-between gap-4 ${strong ? 'font-semibold' : ''}`}>
            <dt>{label}</dt>
            <dd className="whitespace-nowrap">{value}</dd>
          </div>
        ))}
        {view.payment.map(({ label, value }) => (
          <div key={label} className="flex justify-between gap-4 text-sm text-muted">
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {view.notes.map((note) => (
        <p key={note} className="text-sm text-muted">
          {note}
        </p>
      ))}
    </article>
  )
}

function Party({ title, party }: { title: string; party: InvoiceView['seller'] }) {
  return (
    <div className="min-w-0">
      <p className="text-sm text-muted">{title}</p>
      <p className="font-medium">{party.name}</p>
      {party.lines
        .filter((line) => line !== party.name)
        .map((line) => (
          <p key={line}>{line}</p>
        ))}
    </div>
  )
}
