import { money } from '#platform/money.ts'
import { Money } from '../ui/format.tsx'
import type { Route } from './+types/gallery.ts'

export function loader() {
  return { price: money(1099, 'EUR') }
}
export default function Gallery({ loaderData }: Route.ComponentProps) {
  return (
    <main id="main">
      <h1>Kit</h1>
      <Money value={loaderData.price} />
    </main>
  )
}
