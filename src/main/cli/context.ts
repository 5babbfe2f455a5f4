/** What every command is given, and the options that many share. */
import { InvalidArgumentError, Option } from 'commander'

export interface Cli {
  /** Aborted when the person wants the command to stop. */
  readonly stopped: AbortSignal
  /** Names the exit code of a command that ran to its end; without it, that is 0. */
  end(code: number): void
}

export interface JsonOption {
  readonly json: boolean
}

export const jsonOption = (): Option =>
  new Option('--json', 'print the result as JSON, and nothing else, to stdout').default(false)

/** Reads a whole number within bounds. @throws InvalidArgumentError */
export const whole =
  (lowest: number, highest: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value
    throw new InvalidArgumentError(`It takes a whole number from ${lowest} to ${highest}.`)
  }
