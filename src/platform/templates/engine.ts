/**
 * Renders what operators write, safely: in threads that are ended when one text takes too long or too much memory, and
 * replaced. Texts that ship with us need no guard, and are rendered where they are wanted: that takes a tenth of the crossing to a thread.
 */
import { createPool } from './pool.ts'
import { type Fault, type Rendered, TemplateError, type Texts, type Variables } from './types.ts'

export { type Fault, TemplateError, type Variables } from './types.ts'

export type TemplateEngine = {
  /**
   * Everything wrong with one text (a subject or a body). `samples` has a key for each variable that the text may use;
   * a text whose names are all known is rendered once with them. No fault: it may be saved.
   */
  check(text: string, samples: Variables): Promise<readonly Fault[]>
  /**
   * Throws {@link TemplateError}; only its `too_slow` is worth another try. `html` is sanitized and has no frame yet. `trusted`: no operator
   * wrote the texts; the values may be anybody's.
   */
  render(texts: Texts, variables: Variables, trusted?: boolean): Promise<Rendered>
  /** Ends the threads. What is not answered yet fails. */
  close(): Promise<void>
}

/** `threads` start with the first use and are kept; an idle engine does not keep the process alive. */
export function createTemplateEngine(threads = 2): TemplateEngine {
  const pool = createPool(threads)

  return {
    async check(text, samples) {
      const answer = await pool.ask({ kind: 'check', text, samples })
      if (answer.kind === 'faults') return answer.faults
      if (answer.kind === 'fault') return [answer.fault]
      throw new Error(`template worker: ${answer.kind === 'bug' ? answer.message : answer.kind}`)
    },

    async render(texts, variables, trusted = false) {
      // Loaded with the first mail: a process that sends none does not pay for it.
      if (trusted) return (await import('./render.ts')).render(texts, variables)
      const answer = await pool.ask({ kind: 'render', texts, variables })
      if (answer.kind === 'rendered') return answer.rendered
      if (answer.kind === 'fault') throw new TemplateError(answer.fault)
      throw new Error(`template worker: ${answer.kind === 'bug' ? answer.message : answer.kind}`)
    },

    close: () => pool.close(),
  }
}
