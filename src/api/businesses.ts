/** The business that a key opens; for a sandbox also its clock. */

import type { Shop } from '#app.ts'
import { mostPrefix, prefixesOf } from '#modules/billing/rules/series.ts'
import { changeShop } from '#modules/checkout/change-shop.ts'
import { attest, confirmStep, openForBusiness, setUpState } from '#modules/checkout/set-up.ts'
import { record } from '#modules/events/record.ts'
import { type Business, moveClock, readBusiness } from '#modules/people/business.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import {
  at,
  atOr,
  country,
  currency,
  email,
  given,
  id,
  instantIn,
  language,
  list,
  paperLanguageText,
  resource,
  text,
  time,
  webAddress,
  words,
  z,
  zone,
} from './schemas.ts'

const brand = z.strictObject({
  color: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, 'A color, like #0d6a75.')
    .optional(),
  tagline: text(160).optional(),
  logo: webAddress.optional(),
})

const legal = z.strictObject({
  name: text(160).optional(),
  address: z.array(words(160)).max(8).optional(),
  vat_id: text(32).optional(),
  terms: webAddress.optional(),
  privacy: webAddress.optional(),
  refund_policy: webAddress.optional(),
  invoice_prefix: z.string().max(mostPrefix).optional().openapi({
    description:
      'What numbers of invoices begin with, `INV` if nothing was said: capital letters and digits, dashes between them. Another one begins a new series for the year at 1; one that was used before goes on where it was.',
    example: 'TV-A',
  }),
  credit_note_prefix: z
    .string()
    .max(mostPrefix)
    .optional()
    .openapi({ description: 'The same of credit notes, `CN` if nothing was said.', example: 'TV-C' }),
})

const legalOut = z.strictObject({
  name: z.string().nullable(),
  address: z.array(z.string()),
  vat_id: z.string().nullable(),
  terms: z.string().nullable(),
  privacy: z.string().nullable(),
  refund_policy: z.string().nullable(),
  invoice_prefix: z.string(),
  credit_note_prefix: z.string(),
})

const BusinessOut = resource('Business', {
  id: z.string(),
  parent_id: z.string().nullable(),
  slug: z.string(),
  name: z.string(),
  mode: z.enum(['live', 'test']),
  zone: z.string(),
  currency: z.string(),
  language: z.string(),
  follows_visitors: z
    .boolean()
    .openapi({ description: 'Whether its shop speaks the language of the visitor’s browser, where it can.' }),
  country: z.string(),
  brand: z.strictObject({ color: z.string().nullable(), tagline: z.string().nullable(), logo: z.string().nullable() }),
  legal: legalOut,
  support_email: z.string().nullable(),
  abuse_email: z.string().nullable(),
  shop_url: z.string(),
  now: time.openapi({ description: "The business's own clock." }),
  clock_moved: z.boolean(),
  rights_attested_at: time.nullable(),
  open_since: time.nullable(),
  created_at: time,
})

const businessOf = (shop: Shop, business: Business): z.input<typeof BusinessOut> => ({
  id: business.id,
  parent_id: business.parentId,
  slug: business.slug,
  name: business.name,
  mode: business.mode,
  zone: business.zone,
  currency: business.currency,
  language: business.language,
  follows_visitors: business.followsVisitors,
  country: business.country,
  brand: {
    color: business.brand.color ?? null,
    tagline: business.brand.tagline ?? null,
    logo: business.brand.logo ?? null,
  },
  legal: {
    name: business.legal.name ?? null,
    address: business.legal.address ?? [],
    vat_id: business.legal.vatId ?? null,
    terms: business.legal.terms ?? null,
    privacy: business.legal.privacy ?? null,
    refund_policy: business.legal.refundPolicy ?? null,
    invoice_prefix: prefixesOf(business.legal).invoice,
    credit_note_prefix: prefixesOf(business.legal).creditNote,
  },
  support_email: business.supportEmail,
  abuse_email: business.abuseEmail,
  shop_url: shop.baseUrl,
  now: at(business.clockFrozenAt ?? shop.app.clock.now().add({ milliseconds: Number(business.clockOffsetMs) })),
  clock_moved: business.clockFrozenAt !== null || business.clockOffsetMs !== 0n,
  rights_attested_at: atOr(business.rightsAttestedAt),
  open_since: atOr(business.liveAt),
  created_at: at(business.createdAt),
  livemode: shop.livemode,
})

const current = async (call: Call) => businessOf(call.shop, await call.read(readBusiness))

const Change = z.strictObject({
  name: words(80).optional(),
  zone: zone.optional(),
  currency: currency.optional(),
  language: language.optional().openapi({ description: paperLanguageText }),
  follows_visitors: z
    .boolean()
    .optional()
    .openapi({ description: 'Let the visitor’s browser choose the language of the shop.' }),
  country: country.optional(),
  brand: brand.optional(),
  legal: legal.optional(),
  support_email: email.nullable().optional(),
  abuse_email: email.nullable().optional(),
})

const SetUp = z
  .strictObject({
    steps: z.array(z.strictObject({ step: z.string(), state: z.enum(['done', 'skipped', 'next']) })),
    livemode: z.boolean(),
  })
  .openapi('SetUp')

/** Farther would only make a clock that nobody means; the lifecycle catches up step by step. */
const farthestDays = 400

async function advance(
  call: Call<unknown, unknown, { advance_seconds?: number | undefined; to?: Temporal.Instant | undefined }>,
) {
  const { shop, now, body } = call
  if (shop.livemode) throw new Refusal('forbidden', 'Only the clock of a test business can be moved.')
  if ((body.advance_seconds === undefined) === (body.to === undefined))
    throw new Refusal('invalid_input', 'Say either how far or where to.', [
      { pointer: '/advance_seconds', code: 'required', detail: 'Send advance_seconds or to, not both.' },
    ])
  const to = body.to ?? now.add({ seconds: body.advance_seconds ?? 0 })
  const ahead = to.epochMilliseconds - now.epochMilliseconds
  if (ahead < 0 || ahead > farthestDays * 86_400_000)
    throw new Refusal('invalid_input', 'The clock cannot be moved there.', [
      { pointer: '/to', code: 'out_of_range', detail: `Only forward, and at most ${farthestDays} days at a time.` },
    ])
  await call.write('move-clock', async (tx) => {
    const business = await readBusiness(tx)
    const frozen = business.clockFrozenAt !== null
    await moveClock(tx, shop, frozen ? { frozenAt: to } : { offsetMs: business.clockOffsetMs + BigInt(ahead) })
    await record(tx, shop, now, {
      type: 'clock.moved',
      subjectType: 'business',
      subjectId: shop.businessId,
      data: { to: to.toString() },
    })
  })
  return current(call)
}

export const businesses = [
  route({
    method: 'get',
    path: '/businesses',
    scope: 'businesses:read',
    summary: 'Lists the businesses that the key opens: one.',
    answer: list(BusinessOut),
    handle: async (call) => whole(call, [await current(call)]),
  }),
  route({
    method: 'get',
    path: '/businesses/current',
    scope: 'businesses:read',
    summary: 'Reads the business of the key.',
    answer: BusinessOut,
    handle: current,
  }),
  route({
    method: 'get',
    path: '/businesses/{id}',
    scope: 'businesses:read',
    summary: 'Reads a business.',
    params: z.strictObject({ id: id('biz') }),
    answer: BusinessOut,
    handle: async (call) => {
      if (call.params.id !== call.shop.businessId) throw new Refusal('not_found', 'There is no such business.')
      return current(call)
    },
  }),
  route({
    method: 'patch',
    path: '/businesses/current',
    scope: 'businesses:write',
    summary: 'Changes name, brand, zone, currency or contacts.',
    body: Change,
    answer: BusinessOut,
    handle: async (call) => {
      const { brand: look, legal: papers, support_email, abuse_email, follows_visitors, ...rest } = call.body
      await call.write('change-business', async (tx) => {
        const before = await readBusiness(tx)
        const { vat_id, refund_policy, invoice_prefix, credit_note_prefix, ...others } = papers ?? {}
        const legal = {
          ...others,
          ...{ vatId: vat_id, refundPolicy: refund_policy },
          ...{ invoicePrefix: invoice_prefix, creditNotePrefix: credit_note_prefix },
        }
        const change = {
          ...given(rest),
          ...(look === undefined ? {} : { brand: { ...before.brand, ...given(look) } }),
          ...(papers === undefined ? {} : { legal: { ...before.legal, ...given(legal) } }),
          ...given({ supportEmail: support_email, abuseEmail: abuse_email, followsVisitors: follows_visitors }),
        }
        await changeShop(tx, call.shop, change)
        // What the wizard of the console asks for is confirmed by whoever sets it.
        if (change.name !== undefined || change.brand !== undefined) await confirmStep(tx, call.shop, 'brand', {})
        if (change.zone !== undefined || change.currency !== undefined) await confirmStep(tx, call.shop, 'money', {})
      })
      return current(call)
    },
  }),
  route({
    method: 'get',
    path: '/businesses/current/set_up',
    scope: 'businesses:read',
    summary: 'Tells what is done and what is missing before the shop can open.',
    answer: SetUp,
    handle: async (call) => ({
      steps: await call.read((tx) => setUpState(tx, call.shop)),
      livemode: call.shop.livemode,
    }),
  }),
  route({
    method: 'post',
    path: '/businesses/current/rights_attestation',
    scope: 'businesses:write',
    summary: 'States that the operator holds the rights to distribute what his panels serve.',
    answer: BusinessOut,
    again: true,
    handle: async (call) => {
      await attest(call.shop)
      return current(call)
    },
  }),
  route({
    method: 'post',
    path: '/businesses/current/open',
    scope: 'businesses:write',
    summary: 'Opens shop and automation; refuses with what is missing.',
    answer: BusinessOut,
    again: true,
    refuses: ['conflict'],
    handle: async (call) => {
      await openForBusiness(call.shop)
      return current(call)
    },
  }),
  route({
    method: 'post',
    path: '/businesses/current/clock',
    scope: 'businesses:write',
    summary: 'Moves the clock of a test business forward; its lifecycle catches up by itself.',
    needsKey: true,
    body: z.strictObject({
      advance_seconds: z
        .int()
        .min(1)
        .max(farthestDays * 86_400)
        .optional(),
      to: instantIn.optional(),
    }),
    answer: BusinessOut,
    refuses: ['conflict'],
    handle: advance,
    retell: current,
  }),
]
