import type { ComponentProps } from 'react'
import { type AnyMoney, moneyDecimal } from './format.tsx'
import { Affixed, Input } from './input.tsx'

type InputProps = Omit<ComponentProps<'input'>, 'type' | 'value' | 'defaultValue'>

/** A day, with the browser's own picker. `defaultValue` is `2026-11-28`; what is sent too. */
export function DateInput({ defaultValue, ...rest }: InputProps & { defaultValue?: string | undefined }) {
  return <Input {...rest} type="date" defaultValue={defaultValue} className="sm:max-w-48" />
}

/** A moment on the business's clocks, to the minute. `defaultValue` is `2026-11-28T14:05`; what is sent too. */
export function MomentInput({ defaultValue, ...rest }: InputProps & { defaultValue?: string | undefined }) {
  return <Input {...rest} type="datetime-local" defaultValue={defaultValue} className="sm:max-w-64" />
}

/** An amount of one currency, typed with point or comma (`fromDecimal` reads it). The currency stands beside it. */
export function MoneyInput({
  currency,
  defaultValue,
  ...rest
}: InputProps & { currency: string; defaultValue?: AnyMoney | string | undefined }) {
  const text = typeof defaultValue === 'object' ? moneyDecimal(defaultValue) : defaultValue
  return (
    <Affixed after={currency}>
      <Input
        {...rest}
        inputMode="decimal"
        autoComplete="off"
        pattern="-?\d{1,15}([.,]\d{1,4})?"
        defaultValue={text}
        className="text-end tabular-nums"
      />
    </Affixed>
  )
}

/** A MAC address. With a script it is formatted while it is typed; the server takes any separator. */
export function MacInput({ defaultValue, ...rest }: InputProps & { defaultValue?: string | undefined }) {
  return (
    <Input
      {...rest}
      code
      data-mac
      maxLength={17}
      autoComplete="off"
      inputMode="text"
      placeholder="00:1A:79:12:34:56"
      pattern="([0-9A-Fa-f]{2}[:\-. ]?){5}[0-9A-Fa-f]{2}"
      defaultValue={defaultValue}
    />
  )
}

/** A password or key to be typed; "Show" needs a script. Never filled by the server: an empty field keeps what is stored. */
export function SecretInput({ name, ...rest }: InputProps & { name: string }) {
  return <Input {...rest} code type="password" name={name} autoComplete={rest.autoComplete ?? 'off'} />
}
