/** Reads a form field by field and gathers what is wrong with it, so that all faults are told together. */
import { fromDecimal, isCurrency, type Money, toDecimal } from '#platform/money.ts'

export type FormReader = ReturnType<typeof formReader>

export function formReader(form: FormData) {
  /** Name of field → sentence; empty when the form is in order. */
  const errors: Record<string, string> = {}
  const raw = (name: string): string => {
    const value = form.get(name)
    return typeof value === 'string' ? value.trim() : ''
  }
  const wrong = <T>(name: string, sentence: string, instead: T): T => {
    errors[name] = sentence
    return instead
  }

  return {
    errors,
    get failed(): boolean {
      return Object.keys(errors).length > 0
    },
    /** A fault that a check of the page's own found. */
    refuse: (name: string, sentence: string): void => {
      errors[name] = sentence
    },

    text(
      name: string,
      { most = 200, least = 1, lines = false }: { most?: number; least?: number; lines?: boolean } = {},
    ) {
      const value = raw(name).replaceAll('\r\n', '\n')
      if (value.length < least) return wrong(name, 'Please fill this in.', value)
      if (value.length > most) return wrong(name, `This is too long: at most ${most} characters.`, value)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      if (!lines && /[\u0000-\u001f]/.test(value)) return wrong(name, 'This must be one line.', value)
      return value
    },
    whole(name: string, { from, to }: { from: number; to: number }): number {
      const value = raw(name)
      const number = Number(value)
      if (!/^-?\d{1,12}$/.test(value) || number < from || number > to)
        return wrong(name, `Please enter a whole number from ${from} to ${to}.`, from)
      return number
    },
    choice<T extends string>(name: string, choices: readonly T[]): T {
      const value = raw(name)
      const found = choices.find((each) => each === value)
      return found ?? wrong(name, 'Please choose one of these.', choices[0] as T)
    },
    /** The boxes of one name that were ticked. */
    choices<T extends string>(name: string, choices: readonly T[]): T[] {
      const sent = form.getAll(name)
      if (sent.some((each) => !choices.includes(each as T))) errors[name] = 'Please choose some of these.'
      return choices.filter((each) => sent.includes(each))
    },
    flag: (name: string): boolean => form.get(name) !== null && form.get(name) !== 'false',
    /** Empty is null where that is allowed. */
    email(name: string, { required = true }: { required?: boolean } = {}): string | null {
      const value = raw(name)
      if (value === '' && !required) return null
      if (!/^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$/.test(value) || value.length > 254)
        return wrong(name, 'Please enter an e-mail address.', value)
      return value
    },
    /** Null: left empty, where `required` is not said. */
    money(
      name: string,
      currency: string,
      { required = false, positive = false }: { required?: boolean; positive?: boolean } = {},
    ): Money | null {
      const value = raw(name)
      if (value === '') return required ? wrong(name, 'Please enter an amount.', null) : null
      // Where the form says the currency, too, it may say anything.
      if (!isCurrency(currency)) return wrong(name, 'Please say in which currency.', null)
      const amount = fromDecimal(value, currency)
      if (amount === null || amount.minor < 0n || (positive && amount.minor === 0n))
        return wrong(
          name,
          `Please enter an amount in ${currency}, like ${toDecimal({ minor: 1299n, currency })}.`,
          null,
        )
      return amount
    },
    /** `2026-03-31`. Null: it is none, and that is refused. */
    day(name: string): Temporal.PlainDate | null {
      try {
        return Temporal.PlainDate.from(raw(name))
      } catch {
        return wrong(name, 'Please choose a day.', null)
      }
    },
    raw,
  }
}
