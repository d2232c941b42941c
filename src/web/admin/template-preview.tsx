import { useState } from 'react'
import { Alert } from '../ui/alert.tsx'
import { Button } from '../ui/button.tsx'
import { useText } from '../ui/page-context.tsx'
import type { Preview } from './template.server.ts'

const views = ['desktop', 'phone', 'text'] as const

/**
 * The mail on a wide screen, on a phone, and as plain text. It is shown in a frame of its own, which has the page's policy: no
 * script runs in it and nothing is loaded from elsewhere.
 */
export function MailPreview({ preview }: { preview: Preview }) {
  const t = useText()
  const [view, show] = useState<(typeof views)[number]>('desktop')
  if (preview.faults.length > 0)
    return (
      <Alert tone="bad" title={t('console.template.faults')}>
        <ul className="list-disc ps-5">
          {preview.faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      </Alert>
    )
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap gap-2">
        {views.map((each) => (
          <Button
            key={each}
            type="button"
            dense
            look={each === view ? 'secondary' : 'quiet'}
            aria-pressed={each === view}
            onClick={() => show(each)}
          >
            {t(`console.template.view.${each}`)}
          </Button>
        ))}
      </div>
      <p className="border-b border-line pb-3 font-semibold break-words">{preview.subject}</p>
      {view === 'text' ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <pre tabIndex={0} className="code max-h-160 overflow-auto text-sm whitespace-pre-wrap">
          {preview.text}
        </pre>
      ) : (
        <iframe
          title={t('console.template.frame')}
          srcDoc={preview.html}
          className={`h-160 max-w-full rounded-control border border-line bg-white ${view === 'phone' ? 'w-90 self-center' : 'w-full'}`}
        />
      )}
    </div>
  )
}
