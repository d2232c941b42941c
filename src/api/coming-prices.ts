/** What one subscription will cost, what its customer says to that, and the promise of staff to leave it as it is. */
import { endPriceException, makePriceException, priceExceptionOf } from '#modules/billing/price-exception.ts'
import { answerPrice } from '#modules/subscriptions/answer-price.ts'
import { comingPriceOf } from '#modules/subscriptions/price-changes.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import { comesOn } from '#modules/subscriptions/rules/price-change.ts'
import { actOnSubscription } from './act-on-subscription.ts'
import { type Call, route } from './route.ts'
import { at, atOr, byId, minor, money, resource, time, words, z } from './schemas.ts'

/** What happens without a word of the customer: it comes all the same, or the subscription ends. */
export const silences = ['keep', 'end'] as const

const ComingOut = resource('ComingPrice', {
  subscription_id: z.string(),
  price: money,
  coming: z
    .strictObject({
      price_change_id: z.string(),
      campaign_id: z.string(),
      new_price: money,
      first_renewal: time.nullable(),
      told_at: time.nullable(),
      status: z.enum(['announced', 'accepted', 'declined']),
      asks_consent: z.boolean(),
      without_consent: z.enum(silences),
      note: z.string(),
    })
    .nullable(),
  exception: z
    .strictObject({ reason: z.string(), by: z.string(), created_at: time })
    .nullable()
    .openapi({ description: 'Staff promised the present price: no campaign touches it.' }),
})

const coming = (call: Call<{ id: string }>): Promise<z.input<typeof ComingOut>> =>
  call.read(async (tx) => {
    const subscription = await readSubscription(tx, call.params.id)
    const found = await comingPriceOf(tx, subscription.id)
    const exception = await priceExceptionOf(tx, subscription.id)
    return {
      subscription_id: subscription.id,
      price: minor(subscription.priceMinor, subscription.currency),
      coming: found && {
        price_change_id: found.id,
        campaign_id: found.campaignId,
        new_price: minor(found.newMinor, subscription.currency),
        first_renewal: atOr(comesOn(subscription, found, call.now)),
        told_at: atOr(found.toldAt),
        status: found.status,
        asks_consent: found.consent === 'ask',
        without_consent: found.silence,
        note: found.note,
      },
      exception: exception && { reason: exception.reason, by: exception.by, created_at: at(exception.createdAt) },
      livemode: call.shop.livemode,
    }
  })

const reason = words(200)

/** On the price of one subscription. */
const act = actOnSubscription(ComingOut, coming)

export const comingPrices = [
  route({
    method: 'get',
    path: '/subscriptions/{id}/price',
    scope: 'subscriptions:read',
    summary: 'Reads the agreed price, the one that is announced, and whether staff promised to keep it.',
    params: byId('sub'),
    answer: ComingOut,
    handle: coming,
  }),
  act('accept_price', 'Agrees to an announced price where that is asked for.', { reason: reason.optional() }, (call) =>
    answerPrice(call.shop, call.params.id, true, call.body.reason ?? ''),
  ),
  act(
    'decline_price',
    'Does not agree to an announced price: it stays as it is, or the subscription ends with the paid time, as the campaign says.',
    { reason: reason.optional() },
    (call) => answerPrice(call.shop, call.params.id, false, call.body.reason ?? ''),
  ),
  act(
    'price_exception',
    'Promises the present price: what was announced is void, and no campaign touches it.',
    { reason },
    (call) => makePriceException(call.shop, call.params.id, call.body.reason),
  ),
  act(
    'undo_price_exception',
    'Takes the promise of a price back; an announced price is told anew.',
    { reason },
    (call) => endPriceException(call.shop, call.params.id, call.body.reason),
  ),
]
