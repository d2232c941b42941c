/** How an adapter of this family fails: the words are the same, the provider's name differs. */
import { ProviderError } from '#platform/errors.ts'

export type Trouble = ReturnType<typeof troubleOf>

/** Messages hold no secret: they are shown to staff and logged. */
export function troubleOf(provider: string) {
  return {
    /** Understood and refused: nothing changed. */
    refused: (code: string, message: string) => new ProviderError(provider, 'rejected', message, { code }),
    /** It may have been done, and nobody may do it again before looking. */
    unsure: (action: string, message: string, code = 'not_confirmed') =>
      new ProviderError(provider, 'ambiguous', `${action}: ${message}`, { code }),
    /** A read whose answer cannot be used: nothing is known. */
    unreadable: (message: string) => new ProviderError(provider, 'unavailable', message, { code: 'answer_unreadable' }),
    /** A person has to change something on the panel or in the settings. */
    unusable: (message: string, code = 'auth_failed') => new ProviderError(provider, 'auth_failed', message, { code }),

    /** After a write, not being able to read is not knowing. */
    async afterWriting<T>(action: string, read: () => Promise<T>): Promise<T> {
      try {
        return await read()
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error
        throw new ProviderError(provider, 'ambiguous', `${action} was sent, then ${error.message}`, {
          code: error.code,
          cause: error,
        })
      }
    },
  }
}
