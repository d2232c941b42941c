import { data, Form, useActionData } from 'react-router'
import { transaction } from '#app.ts'
import { isTemplateKey } from '#modules/messages/render/default-templates.ts'
import { sendTest } from '#modules/messages/send-test.ts'
import { restoreTemplate, restoreVersion, saveTemplate } from '#modules/messages/templates.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input, Textarea } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/template.ts'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, requireRight, type Staff, staffOf } from './guard.server.ts'
import { readTemplateRecord, renderPreview } from './template.server.ts'
import { MailPreview } from './template-preview.tsx'
import { TemplateVariables, TemplateVersions } from './template-sides.tsx'

/** One text: what it says now, how it looks, what it may name, what it was before. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'messages:see')
  if (!isTemplateKey(params.key)) throw new Refusal('not_found', 'There is no such template.')
  return readTemplateRecord(shop, params.key)
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'messages:see')
  const { shop, form } = staff
  const { key } = params
  if (!isTemplateKey(key)) throw new Refusal('not_found', 'There is no such template.')
  const here = `/admin/messages/templates/${key}`
  const read = formReader(form)
  switch (form.get('act')) {
    case 'preview': {
      const [subject, body] = texts(read)
      if (read.failed) return failure(read.errors, form)
      return data({ preview: await renderPreview(shop, { key, language: shop.language, subject, body }) })
    }
    case 'save': {
      requireRight(staff, 'messages:change')
      const [subject, body] = texts(read)
      if (read.failed) return failure(read.errors, form)
      await transaction(shop, 'save-template', (tx) =>
        saveTemplate(tx, shop, { key, language: shop.language, subject, body }),
      )
      return redirectWith(here, 'console.template.saved')
    }
    case 'restore':
      requireRight(staff, 'messages:change')
      await transaction(shop, 'restore-template', (tx) => restoreTemplate(tx, shop, key, shop.language))
      return redirectWith(here, 'console.template.restored')
    case 'version': {
      requireRight(staff, 'messages:change')
      const version = read.whole('version', { from: 1, to: 1_000_000 })
      await transaction(shop, 'restore-version', (tx) => restoreVersion(tx, shop, key, shop.language, version))
      return redirectWith(here, 'console.template.restored')
    }
    case 'test':
      return tryOut(staff, key)
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

const texts = (read: ReturnType<typeof formReader>): [string, string] => [
  read.text('subject', { most: 300 }),
  read.text('body', { most: 20_000, lines: true }),
]

/** To the one who asks, so that nobody is written to by mistake. */
async function tryOut(staff: Staff, key: string) {
  requireRight(staff, 'messages:change')
  const { delivered, detail } = await sendTest(staff.shop, { to: staff.member.email, template: key })
  return data({ test: { delivered, detail, to: staff.member.email } })
}

export default function TemplatePage({ loaderData }: Route.ComponentProps) {
  const { template, own, preview, variables, versions } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const answer = useActionData<typeof action>()
  const tried = answer && 'test' in answer ? answer.test : null
  const typed = answer && 'preview' in answer ? answer.preview : null
  const values = failed?.values
  return (
    <>
      <PageHeader
        title={template.title}
        badge={own ? <Badge tone="brand">{t('console.templates.own')}</Badge> : null}
        back={{ to: '/admin/messages/templates', label: t('console.templates.title') }}
        actions={
          may('messages:change') ? (
            <Form method="post">
              <Button name="act" value="test">
                {t('console.template.test')}
              </Button>
            </Form>
          ) : null
        }
      />
      {tried ? (
        <Alert
          className="mb-6"
          tone={tried.delivered ? 'good' : 'bad'}
          title={t(tried.delivered ? 'console.template.tested' : 'console.template.notTested', { to: tried.to })}
        >
          {tried.detail}
        </Alert>
      ) : null}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 xl:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-6">
          {may('messages:change') ? (
            <Card title={t('console.template.text')}>
              <Form method="post" className="flex flex-col gap-5">
                <FormErrors failure={failed} />
                <Field label={t('console.template.subject')} error={failed?.errors.subject}>
                  {(tied) => (
                    <Input
                      {...tied}
                      name="subject"
                      required
                      maxLength={300}
                      defaultValue={values?.subject ?? typed?.subjectText ?? template.subject}
                    />
                  )}
                </Field>
                <Field
                  label={t('console.template.body')}
                  hint={t('console.template.body.hint')}
                  error={failed?.errors.body}
                >
                  {(tied) => (
                    <Textarea
                      {...tied}
                      name="body"
                      required
                      rows={16}
                      maxLength={20000}
                      spellCheck
                      className="code text-sm"
                      defaultValue={values?.body ?? typed?.bodyText ?? template.body}
                    />
                  )}
                </Field>
                <div className="flex flex-wrap justify-end gap-2">
                  <Button name="act" value="preview">
                    {t('console.template.look')}
                  </Button>
                  <Button look="primary" name="act" value="save">
                    {t('console.template.save')}
                  </Button>
                </div>
              </Form>
            </Card>
          ) : null}
          <TemplateVariables variables={variables} />
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <Card title={t(typed ? 'console.template.previewTyped' : 'console.template.preview')}>
            <MailPreview preview={typed ?? preview} />
          </Card>
          <TemplateVersions versions={versions} own={own} change={may('messages:change')} />
        </div>
      </div>
    </>
  )
}
