/** Wallets that are kept without a payment: setup tokens, approved on the page, and exchanged for payment tokens. */
import { z } from 'zod'
import { type Account, change, type Kept, missing, Refused, type Setup } from './account.ts'
import { emit } from './notices.ts'

const address = z.url({ protocol: /^https?$/ })

export const NewSetup = z.object({
  customer: z.object({ id: z.string().min(1).max(22) }).optional(),
  payment_source: z.object({
    paypal: z.object({
      usage_type: z.literal('MERCHANT'),
      permit_multiple_payment_tokens: z.boolean().default(false),
      experience_context: z.object({
        return_url: address,
        cancel_url: address,
        shipping_preference: z.string().optional(),
        vault_instruction: z.literal('ON_CREATE_PAYMENT_TOKENS').optional(),
      }),
    }),
  }),
})

export const NewToken = z.object({
  payment_source: z.object({ token: z.object({ id: z.string(), type: z.literal('SETUP_TOKEN') }) }),
})

const lives = { hours: 72 }

export function createSetup(account: Account, asked: z.infer<typeof NewSetup>): Setup {
  const { experience_context: context, permit_multiple_payment_tokens: several } = asked.payment_source.paypal
  const setup: Setup = {
    id: account.newId(),
    status: 'PAYER_ACTION_REQUIRED',
    customer: asked.customer?.id ?? account.newId(),
    several,
    return_url: context.return_url,
    cancel_url: context.cancel_url,
    create_time: account.now().round('second').toString(),
  }
  account.setups.put(setup.id, setup)
  account.kit.did('setup_created', { setup: setup.id })
  return setup
}

export function readSetup(account: Account, id: string): Setup {
  const setup = account.setups.get(id)
  const over = setup && Temporal.Instant.compare(Temporal.Instant.from(setup.create_time).add(lives), account.now()) < 0
  if (!setup || over) throw missing(`setup token ${id}`)
  return setup
}

/** What the owner of the wallet does on the page. */
export function approveSetup(account: Account, id: string): Setup {
  const setup = readSetup(account, id)
  if (setup.status !== 'PAYER_ACTION_REQUIRED') return setup
  account.kit.did('setup_approved', { setup: id })
  return change(account.setups, setup, { status: 'APPROVED' })
}

/** Once: the same wallet is the same token for a customer, unless several were permitted. */
export function exchange(account: Account, asked: z.infer<typeof NewToken>): Kept {
  const setup = readSetup(account, asked.payment_source.token.id)
  if (setup.status !== 'APPROVED') throw new Refused(422, 'SETUP_TOKEN_NOT_APPROVED')
  const payer = 'BUYER00000001'
  const known = setup.several
    ? undefined
    : [...account.kept.values()].find((each) => each.customer === setup.customer && each.payer === payer && !each.gone)
  const kept: Kept = known ?? {
    id: account.newId().toLowerCase(),
    customer: setup.customer,
    payer,
    mood: 'pays',
    gone: false,
  }
  account.kept.put(kept.id, kept)
  change(account.setups, setup, { status: 'VAULTED' })
  account.kit.did('method_kept', { token: kept.id, custom: '' })
  emit(account, 'VAULT.PAYMENT-TOKEN.CREATED', 'payment_token', { id: kept.id, customer: { id: kept.customer } })
  return kept
}

const link = (account: Account, path: string, rel: string, method = 'GET') => ({
  href: `${account.publicUrl()}${path}`,
  rel,
  method,
  encType: 'application/json',
})

export const shownSetup = (account: Account, setup: Setup): object => ({
  id: setup.id,
  status: setup.status,
  customer: { id: setup.customer },
  payment_source: { paypal: { usage_type: 'MERCHANT', permit_multiple_payment_tokens: setup.several } },
  links: [
    link(account, `/v3/vault/setup-tokens/${setup.id}`, 'self'),
    ...(setup.status === 'PAYER_ACTION_REQUIRED'
      ? [link(account, `/agreements/approve?approval_session_id=${setup.id}`, 'approve')]
      : [link(account, '/v3/vault/payment-tokens', 'confirm', 'POST')]),
  ],
})

export const shownToken = (account: Account, kept: Kept): object => ({
  id: kept.id,
  customer: { id: kept.customer },
  payment_source: { paypal: { email_address: 'buyer@example.org', account_id: kept.payer, usage_type: 'MERCHANT' } },
  links: [link(account, `/v3/vault/payment-tokens/${kept.id}`, 'self')],
})
