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
