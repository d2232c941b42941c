import { languages, ownName } from '#web/i18n/locale.ts'
import { usePage } from './page-context.tsx'

/** Each language by its own name, one click away without any script. Who is signed in chooses for his mails and papers, too. */
export function LanguageSwitch() {
  const { t, locale, here, basePath } = usePage()
  return (
    <form method="post" action={`${basePath}/preferences`}>
      <input type="hidden" name="back" value={here} />
      <fieldset className="m-0 flex min-w-0 flex-wrap items-center gap-x-4 gap-y-1 border-0 p-0">
        <legend className="sr-only">{t('ui.language')}</legend>
        {languages.map((each) => (
          <button
            key={each}
            type="submit"
            name="lang"
            value={each}
            lang={each}
            aria-current={each === locale ? 'true' : undefined}
            className="inline-flex min-h-8 items-center hover:text-ink hover:underline aria-[current=true]:font-medium aria-[current=true]:text-ink"
          >
            {ownName[each]}
          </button>
        ))}
      </fieldset>
    </form>
  )
}
