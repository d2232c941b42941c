import { textOr } from '#web/i18n/translate.ts'
import { Alert } from './alert.tsx'
import { usePage } from './page-context.tsx'

/** What was just done, told once on the page after the redirect: see `redirectWith` in `#web/flash.ts`. The shells place it. */
export function Flash() {
  const { flash, t } = usePage()
  return (
    <div role="status" data-flash>
      {flash ? (
        <Alert tone={flash.tone} className="mb-6">
          {textOr((key) => t(key, flash.values), flash.key, flash.key)}
        </Alert>
      ) : null}
    </div>
  )
}
