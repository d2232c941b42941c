import { Form, Link } from 'react-router'
import type { Failure } from '#web/failure.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { NoteField } from './act.tsx'
import { useMay } from './frame.ts'

type Note = { id: string; body: string; tags: string[]; subscriptionId: string | null; author: string; at: string }
type Line = { id: string; plan: string; line: { username: string } | null }

const nameOf = ({ plan, line }: Line): string => (line ? `${plan} · ${line.username}` : plan)

/** What staff wrote about a customer; he never sees it. */
export function CustomerNotes({
  notes,
  lines,
  failure,
}: {
  notes: readonly Note[]
  lines: readonly Line[]
  failure: Failure | null
}) {
  const t = useText()
  const may = useMay()
  return (
    <Card flush>
      {may('customers:change') ? (
        <Form method="post" className="flex flex-col items-start gap-3 border-b border-line p-5 [&>div]:w-full">
          <NoteField error={failure?.errors.body} defaultValue={failure?.values.body} />
          <Field
            label={t('console.customer.noteTags')}
            hint={t('console.customer.noteTags.hint')}
            error={failure?.errors.tags}
            optional
          >
            {(tied) => <Input {...tied} name="tags" maxLength={400} defaultValue={failure?.values.tags} />}
          </Field>
          {lines.length > 0 ? (
            <Field
              label={t('console.customer.noteAbout')}
              hint={t('console.customer.noteAbout.hint')}
              error={failure?.errors.subscription_id}
              optional
            >
              {(tied) => (
                <Select
                  {...tied}
                  name="subscription_id"
                  empty={t('console.customer.noteAbout.customer')}
                  defaultValue={failure?.values.subscription_id}
                  options={lines.map((each) => ({ value: each.id, label: nameOf(each) }))}
                />
              )}
            </Field>
          ) : null}
          <Button name="act" value="note">
            {t('console.customer.addNote')}
          </Button>
        </Form>
      ) : null}
      {notes.length === 0 ? <p className="p-5 text-muted">{t('console.customer.noNotes')}</p> : null}
      <ul>
        {notes.map(({ id, body, tags, subscriptionId, author, at }) => (
          <li key={id} className="border-b border-line px-5 py-3 last:border-b-0">
            <p className="break-words whitespace-pre-line">{body}</p>
            <p className="mt-1 text-sm text-muted">
              {author} · <When at={at} />
              {lines
                .filter((each) => each.id === subscriptionId)
                .map((each) => (
                  <span key={each.id}>
                    {' '}
                    ·{' '}
                    <Link to={`/admin/subscriptions/${each.id}`} className="text-brand underline">
                      {nameOf(each)}
                    </Link>
                  </span>
                ))}
              {tags.map((tag) => (
                <Badge key={tag} className="ms-2">
                  {tag}
                </Badge>
              ))}
            </p>
          </li>
        ))}
      </ul>
    </Card>
  )
}
