import { Form } from 'react-router'
import type { Failure } from '#web/failure.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { When } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { NoteField } from './act.tsx'
import { useMay } from './frame.ts'

type Note = { id: string; body: string; tags: string[]; author: string; at: string }

/** What staff wrote about a customer; he never sees it. */
export function CustomerNotes({ notes, failure }: { notes: readonly Note[]; failure: Failure | null }) {
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
          <Button name="act" value="note">
            {t('console.customer.addNote')}
          </Button>
        </Form>
      ) : null}
      {notes.length === 0 ? <p className="p-5 text-muted">{t('console.customer.noNotes')}</p> : null}
      <ul>
        {notes.map(({ id, body, tags, author, at }) => (
          <li key={id} className="border-b border-line px-5 py-3 last:border-b-0">
            <p className="break-words whitespace-pre-line">{body}</p>
            <p className="mt-1 text-sm text-muted">
              {author} · <When at={at} />
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
