import { Checkbox } from './choice.tsx'
import { useText } from './page-context.tsx'

/** Shown once an address was called unusual: whoever typed it says that it is right. */
export function UnusualMac({ errors, values }: { errors: Record<string, string>; values: Record<string, string> }) {
  const t = useText()
  const error = errors.accept_unusual_mac
  if (error === undefined && values.accept_unusual_mac !== 'yes') return null
  return (
    <Checkbox
      name="accept_unusual_mac"
      value="yes"
      defaultChecked={values.accept_unusual_mac === 'yes'}
      label={t('ui.mac.unusual')}
      error={error}
    />
  )
}
