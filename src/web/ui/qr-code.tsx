import { encode } from 'uqr'
import { useText } from './page-context.tsx'

/** A QR code as inline SVG; dark on white in both themes, or phones do not read it. `what` says what it leads to. */
export function QrCode({ value, what, size = 168 }: { value: string; what: string; size?: number }) {
  const t = useText()
  const { data, size: modules } = encode(value, { ecc: 'M', border: 2 })
  const path = data.map(rowPath).join('')
  return (
    <svg
      role="img"
      aria-label={t('ui.qr', { what })}
      viewBox={`0 0 ${modules} ${modules}`}
      width={size}
      height={size}
      shapeRendering="crispEdges"
      className="rounded-control"
    >
      <rect width={modules} height={modules} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}

/** The dark runs of a row as flat boxes: a third of the bytes that single modules would take. */
function rowPath(row: readonly boolean[], y: number): string {
  const text = row.map((on) => (on ? '1' : '0')).join('')
  return [...text.matchAll(/1+/g)].map(({ index, 0: run }) => `M${index} ${y}h${run.length}v1h-${run.length}z`).join('')
}
