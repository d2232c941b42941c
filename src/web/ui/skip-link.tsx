import { useText } from './page-context.tsx'

/** The first stop of the Tab key: past the navigation, to `<main id="main">`. */
export function SkipLink() {
  const t = useText()
  return (
    <a
      href="#main"
      className="sr-only focus:not-sr-only focus:fixed focus:start-4 focus:top-4 focus:z-50 focus:rounded-control focus:bg-surface focus:px-4 focus:py-2 focus:shadow-floating"
    >
      {t('ui.skip')}
    </a>
  )
}
