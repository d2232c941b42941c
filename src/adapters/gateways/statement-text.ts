/** What a buyer reads on the statement of his card or wallet: a name that he knows is not disputed (S1-20). */
import { z } from 'zod'

/**
 * As Stripe's `statement_descriptor_suffix` and PayPal's `soft_descriptor` take it: up to 22 characters, one of them a letter, none of those
 * that either refuses. Each puts it behind the name of the account, and cuts what is too long together.
 */
export const StatementText = z
  .string()
  .trim()
  .regex(
    /^(?=.*[A-Za-z])[A-Za-z0-9 .,&-]{2,22}$/,
    'must be 2 to 22 letters, digits, spaces, dots, commas, & or -, with a letter among them',
  )
  .nullish()
  .meta({
    title: 'Text on statements',
    help: 'What buyers read on their statement, such as the name of your shop: a name that they know is not disputed. It stands behind the name of your account there.',
  })
