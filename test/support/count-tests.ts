/** What a run of Vitest comes to, so that nothing that did not run can pass for something that did. */
import { z } from 'zod'

export type Counts = { passed: number; failed: number }

/** The part of Vitest's JSON report that we count. */
const Report = z.object({
  testResults: z.array(
    z.object({ name: z.string(), status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
})

/** `succeeded` is Vitest's exit code: it also fails for what happens outside any test, such as an unhandled rejection. */
export function countTests(report: unknown, succeeded: boolean): Counts {
  const parsed = Report.safeParse(report)
  if (!parsed.success) return { passed: 0, failed: 1 }
  const files = parsed.data.testResults
  const statuses = files.flatMap((file) => file.assertionResults.map(({ status }) => status))
  const passed = statuses.filter((status) => status === 'passed').length
  const broken = files.filter(
    (file) => file.status !== 'passed' && file.assertionResults.every(({ status }) => status === 'passed'),
  )
  const failed = statuses.length - passed + broken.length
  return { passed, failed: succeeded ? failed : Math.max(failed, 1) }
}

/** A machine that was busy with something else fails a test or two; more than this is no accident. */
const mostDoubtful = 3

/** The files that are run once more, by themselves: none when all is well, or when too much failed to be an accident. */
export function doubtful(report: unknown): string[] {
  const failed = (Report.safeParse(report).data?.testResults ?? []).filter(({ status }) => status !== 'passed')
  return failed.length > mostDoubtful ? [] : failed.map(({ name }) => name)
}

/** What both tries come to: of the files that were run again, the second try counts, however it ended. */
export function withSecondTry(first: unknown, second: unknown): unknown {
  const [one, other] = [Report.safeParse(first).data, Report.safeParse(second).data]
  if (one === undefined || other === undefined) return null
  const repeated = new Set(doubtful(first))
  const found = new Set(other.testResults.map(({ name }) => name))
  if ([...repeated].some((name) => !found.has(name))) return null
  return { testResults: [...one.testResults.filter(({ name }) => !repeated.has(name)), ...other.testResults] }
}
