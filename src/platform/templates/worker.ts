/** The thread in which operators' texts are rendered: it can be ended at any moment without harm, and knows no secret. */
import { parentPort } from 'node:worker_threads'
import { check, render } from './render.ts'
import { type Fault, type Rendered, TemplateError, type Texts, type Variables } from './types.ts'

export type Question =
  | { kind: 'render'; texts: Texts; variables: Variables }
  | { kind: 'check'; text: string; samples: Variables }
export type Answer =
  | { kind: 'ready' }
  | { kind: 'rendered'; rendered: Rendered }
  | { kind: 'faults'; faults: readonly Fault[] }
  | { kind: 'fault'; fault: Fault }
  | { kind: 'bug'; message: string }

/** An answer, with what this thread has used by then: its time is counted, not the machine's. */
export type Told = { answer: Answer; used: NodeJS.CpuUsage }

const tell = (answer: Answer) => parentPort?.postMessage({ answer, used: process.threadCpuUsage() } satisfies Told)

parentPort?.on('message', (question: Question) => tell(answer(question)))
tell({ kind: 'ready' })

function answer(question: Question): Answer {
  try {
    if (question.kind === 'check') return { kind: 'faults', faults: check(question.text, question.samples) }
    return { kind: 'rendered', rendered: render(question.texts, question.variables) }
  } catch (error) {
    if (error instanceof TemplateError) return { kind: 'fault', fault: error.fault }
    return { kind: 'bug', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
