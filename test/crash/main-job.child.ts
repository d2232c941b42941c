/** The main job in a process of its own, to be killed at the point that its environment names. */
import { mainJob, type Run } from './main-job.ts'

await mainJob(JSON.parse(process.env.CRASH_RUN ?? '{}') as Run)
process.stderr.write('done\n')
process.exit(0)
