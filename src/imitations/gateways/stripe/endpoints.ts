/** Where notices go. Each endpoint has a secret of its own, which is shown once and never again. */
import { type Account, change } from './account.ts'
import { refuse } from './errors.ts'
import { allow, type Form, type Metadata, metadata, text, words } from './form.ts'
import type { WebhookEndpoint } from './objects.ts'

export function addEndpoint(
  account: Account,
  given: { url: string; secret?: string; events?: string[]; description?: string | null; metadata?: Metadata },
): WebhookEndpoint {
  if (!URL.canParse(given.url))
    refuse('Invalid URL: An explicit scheme (such as https) must be provided.', { code: 'url_invalid', param: 'url' })
  const endpoint: WebhookEndpoint = {
    id: account.newId('we'),
    object: 'webhook_endpoint',
    api_version: null,
    application: null,
    created: account.now(),
    description: given.description ?? null,
    enabled_events: given.events ?? ['*'],
    livemode: false,
    metadata: given.metadata ?? {},
    status: 'enabled',
    url: given.url,
  }
  account.endpoints.put(endpoint.id, endpoint)
  account.settings.webhookSecrets.put(endpoint.id, given.secret ?? account.newId('whsec', 32))
  account.kit.did('webhook_endpoint_added', { endpoint: endpoint.id })
  return endpoint
}

export function describeEndpoint(account: Account, endpoint: WebhookEndpoint, form: Form): WebhookEndpoint {
  allow(form, ['description', 'disabled', 'enabled_events', 'metadata', 'url'])
  const events = words(form, 'enabled_events')
  return change(account.endpoints, endpoint, {
    metadata: metadata(form, endpoint.metadata),
    ...(events.length > 0 ? { enabled_events: events } : {}),
    ...(text(form, 'url') === null ? {} : { url: text(form, 'url') ?? '' }),
    ...(text(form, 'disabled') === null ? {} : { status: text(form, 'disabled') === 'true' ? 'disabled' : 'enabled' }),
  })
}
