import { X } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { Link, useNavigate } from 'react-router'
import { useText } from '../page-context.tsx'

/** A record or form over its list. It is a page of its own (its address), so without a script it simply covers the list. */
export function Drawer({ title, closeTo, children }: { title: string; closeTo: string; children: ReactNode }) {
  const t = useText()
  const navigate = useNavigate()
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = element.current
    if (!dialog) return
    dialog.close()
    dialog.showModal()
  }, [])
  return (
    <dialog
      ref={element}
      open
      aria-labelledby="drawer-title"
      onCancel={(event) => {
        event.preventDefault()
        navigate(closeTo)
      }}
      className="fixed inset-y-0 start-auto end-0 z-40 m-0 h-dvh max-h-none w-[min(40rem,100vw)] max-w-none overflow-y-auto border-0 border-s border-line bg-surface p-0 shadow-floating backdrop:bg-[rgb(0_0_0/0.45)]"
    >
      <header className="sticky top-0 flex items-center justify-between gap-4 border-b border-line bg-surface px-6 py-3">
        <h1 id="drawer-title" className="text-xl font-semibold">
          {title}
        </h1>
        <Link
          to={closeTo}
          aria-label={t('ui.close')}
          title={t('ui.close')}
          className="flex size-9 items-center justify-center rounded-control hover:bg-sunken"
        >
          <X aria-hidden="true" className="size-5" />
        </Link>
      </header>
      <div className="p-6">{children}</div>
    </dialog>
  )
}
