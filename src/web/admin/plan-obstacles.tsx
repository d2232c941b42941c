import { Link } from 'react-router'
import type { Obstacle } from '#modules/checkout/why-not-sold.ts'
import type { TextKey, Translate } from '#web/i18n/translate.ts'
import { Alert } from '../ui/alert.tsx'
import { useText } from '../ui/page-context.tsx'

const words = {
  plan_off: 'console.obstacle.planOff',
  product_off: 'console.obstacle.productOff',
  no_price: 'console.obstacle.noPrice',
  no_package: 'console.obstacle.noPackage',
  panel_untested: 'console.obstacle.panelUntested',
  panels_closed: 'console.obstacle.panelsClosed',
  no_room: 'console.obstacle.noRoom',
} as const satisfies Record<Obstacle, TextKey>

/** A few words for a badge. */
export const obstacleText = (t: Translate, obstacle: Obstacle): string => t(words[obstacle])

const remedies = {
  plan_off: null,
  product_off: 'product',
  no_price: null,
  no_package: 'product',
  panel_untested: '/admin/panels',
  panels_closed: '/admin/panels',
  no_room: '/admin/panels',
} as const satisfies Record<Obstacle, string | null>

/** Why the plan cannot be bought, each cause with the way to its remedy; nothing when it can. */
export function Obstacles({ obstacles, productId }: { obstacles: readonly Obstacle[]; productId: string }) {
  const t = useText()
  if (obstacles.length === 0) return null
  return (
    <Alert tone="warn" title={t('console.plan.notForSale')}>
      <ul className="list-disc ps-5">
        {obstacles.map((obstacle) => {
          const remedy = remedies[obstacle]
          const to = remedy === 'product' ? `/admin/products/${productId}` : remedy
          return (
            <li key={obstacle}>
              {to === null ? (
                obstacleText(t, obstacle)
              ) : (
                <Link to={to} className="underline">
                  {obstacleText(t, obstacle)}
                </Link>
              )}
            </li>
          )
        })}
      </ul>
    </Alert>
  )
}
