import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import type { ShownDifference } from './difference.server.ts'

export const differenceKinds = [
  'paid_not_served',
  'served_not_paid',
  'expired_active',
  'edited_by_hand',
  'duplicate',
  'orphan',
] as const satisfies readonly ShownDifference['kind'][]
export const differenceStates = [
  'open',
  'mending',
  'accepted',
  'ignored',
  'closed',
] as const satisfies readonly ShownDifference['state'][]

const words = ['absent', 'box_absent', 'disabled', 'banned', 'expired', 'plays', 'on', 'off'] as const
const fields = ['username', 'connections', 'expires_at', 'bouquets', 'package', 'password'] as const

/** What exactly differs, in words: the fields that somebody changed, or how the line stands there. */
export function Shape({ kind, shape, username }: Pick<ShownDifference, 'kind' | 'shape' | 'username'>) {
  const t = useText()
  if (kind === 'orphan') return <bdi className="code break-all">{username}</bdi>
  const word = words.find((each) => each === shape)
  if (word !== undefined) return <>{t(`console.differences.shape.${word}`)}</>
  const parts = shape.split(' ').flatMap((part) => {
    const [name, value = ''] = part.split('=')
    const field = fields.find((each) => each === name)
    return field === undefined ? [] : [{ field, value }]
  })
  return (
    <span className="flex flex-col">
      {parts.map(({ field, value }) => (
        <span key={field}>
          {t(`console.differences.field.${field}`, { value })}
          {field === 'expires_at' && value !== 'never' ? (
            <>
              {': '}
              <When at={value} as="date" />
            </>
          ) : null}
          {field === 'expires_at' && value === 'never' ? `: ${t('console.differences.never')}` : null}
        </span>
      ))}
    </span>
  )
}
