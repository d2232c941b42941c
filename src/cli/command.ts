/** What every command has: a name, its help, and its work. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { StartError } from '#platform/errors.ts'

export type Command = {
  name: string
  help: string
  /** Answers the exit code. Throws `StartError` and `Refusal` for what the caller can mend. */
  run(args: string[]): Promise<number>
}

type Options = NonNullable<ParseArgsConfig['options']>

/** Options and the words between them. What cannot be read ends with a sentence that names the help. */
export function readArgs<const T extends Options>(command: Pick<Command, 'name'>, args: string[], options: T) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('. ')
    throw new StartError(`${reason.replace(/\.$/, '')}. See: linekeeper ${command.name} --help`)
  }
}

export const print = (text: string): void => void process.stdout.write(`${text}\n`)
export const printJson = (value: unknown): void => print(JSON.stringify(value))

/** Columns as wide as their longest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Resolves with the first signal that asks us to end; a second one ends at once. */
export function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => {
        if (asked) process.exit(1)
        asked = true
        resolve()
      })
  })
}
