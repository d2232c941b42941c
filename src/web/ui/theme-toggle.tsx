import { Moon, Sun, SunMoon } from 'lucide-react'
import { usePage } from './page-context.tsx'

const next = { system: 'dark', dark: 'light', light: 'system' } as const
const icons = { system: SunMoon, dark: Moon, light: Sun }

/** Goes round system, dark, light. A plain form, so it works anywhere; the enhancement file saves the reload. */
export function ThemeToggle() {
  const { t, theme, here, basePath } = usePage()
  const Icon = icons[theme]
  return (
    <form method="post" action={`${basePath}/preferences`} data-theme-form>
      <input type="hidden" name="back" value={here} />
      <button
        type="submit"
        name="theme"
        value={next[theme]}
        aria-label={t(`ui.theme.${theme}`)}
        title={t(`ui.theme.${theme}`)}
        className="motion flex size-(--control-dense) min-h-9 min-w-9 items-center justify-center rounded-control text-muted hover:bg-sunken hover:text-ink"
      >
        <Icon aria-hidden="true" className="size-4.5" />
      </button>
    </form>
  )
}
