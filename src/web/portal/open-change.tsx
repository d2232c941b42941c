import { Button, LinkButton } from '../ui/button.tsx'
import { useText } from '../ui/page-context.tsx'

/** A change that waits: its invoice, and the way back. */
export function OpenChange({ invoiceId }: { invoiceId: string | null }) {
  const t = useText()
  return (
    <form method="post" className="flex flex-wrap gap-2">
      {invoiceId === null ? null : (
        <LinkButton to={`/account/invoices/${invoiceId}`}>{t('life.plan.invoice')}</LinkButton>
      )}
      <Button name="act" value="undo">
        {t('life.plan.undo')}
      </Button>
    </form>
  )
}
