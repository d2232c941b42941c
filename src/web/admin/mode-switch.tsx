import { clsx } from 'clsx'
import { Form } from 'react-router'
import { useText } from '../ui/page-context.tsx'

/** Live or test: two buttons of which one is pressed. Works without a script. */
export function ModeSwitch({ test }: { test: boolean }) {
  const t = useText()
  const part = (mode: 'live' | 'test', here: boolean) => (
    <button
      type="submit"
      name="act"
      value={mode}
      aria-pressed={here}
      className={clsx(
        'motion min-h-8 flex-1 rounded-control px-3 text-sm font-medium pointer-coarse:min-h-11',
        here && (mode === 'live' ? 'bg-good-soft text-good' : 'bg-warn-soft text-warn'),
        !here && 'text-muted hover:text-ink',
      )}
    >
      {t(mode === 'live' ? 'ui.mode.live' : 'ui.mode.test')}
    </button>
  )
  return (
    <Form method="post" action="/admin/twin">
      <fieldset aria-label={t('console.mode.switch')} className="flex gap-1 rounded-control bg-sunken p-0.5">
        {part('live', !test)}
        {part('test', test)}
      </fieldset>
    </Form>
  )
}
