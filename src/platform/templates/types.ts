/** What a template may be handed, and how it says that it cannot be rendered. Shared by both sides of the worker. */

/** Flat on purpose: a template names what it wants and cannot walk from there to anything else. */
export type Value = string | number | boolean | null | readonly string[]
export type Variables = Readonly<Record<string, Value>>

/** `subject` is one line of Liquid; `body` is Liquid that yields Markdown. */
export type Texts = { readonly subject: string; readonly body: string }
export type Rendered = { readonly subject: string; readonly html: string; readonly text: string }

/**
 * `too_slow` and `too_large` are the limits of one render; the first may be the machine's fault, so a job may try again.
 * All others stay until somebody edits the template.
 */
export type FaultCode =
  | 'syntax'
  | 'unknown_variable'
  | 'unknown_filter'
  | 'unknown_tag'
  | 'too_long'
  | 'too_slow'
  | 'too_large'

/** `message` is a sentence for the person who edits the template; `line` and `column` count from one where they are known. */
export type Fault = {
  readonly code: FaultCode
  readonly message: string
  readonly name?: string
  readonly line?: number
  readonly column?: number
}

/** A template could not be rendered, and why. */
export class TemplateError extends Error {
  readonly fault: Fault

  constructor(fault: Fault) {
    super(fault.message)
    this.name = 'TemplateError'
    this.fault = fault
  }
}

export const limits = {
  /** Characters of a template. A long mail has some thousands. */
  templateLength: 50_000,
  /** Characters of rendered HTML. Mail programs cut off at about 100 kB. */
  outputLength: 250_000,
  subjectLength: 200,
  /** Wall clock from handing the text over until the answer; the thread is ended then. */
  milliseconds: 1000,
  /** Liquid's own count of what it makes: characters and array elements. */
  liquidMemory: 2_000_000,
  heapMegabytes: 64,
} as const
