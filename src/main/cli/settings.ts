/** `chronicle settings …`: what a profile chose. */
import type { Command } from 'commander'
import { readCodexNode } from '../../shared/codex-node.ts'
import { requests, type Settings } from '../../shared/contract.ts'
import { UsageError } from '../usage-error.ts'
import { type NodeOptions, withNode } from './node-options.ts'
import { withClient } from './with-client.ts'

export function registerSettings(program: Command): void {
  const settings = program.command('settings').description('what a profile chose')

  withNode(settings.command('get').description('all settings, or one of them').argument('[name]')).action(
    (name: string | undefined, options: NodeOptions) =>
      withClient(options, async (client, output) => {
        const all = await client.request('settings.get')
        if (name === undefined) return output.result(all, describeSettings(all))
        const found = Object.entries(all).find(([known]) => known === name)
        if (found === undefined) throw unknown(name)
        output.result(found[1], textOf(found[1]))
      }),
  )

  withNode(
    settings
      .command('set')
      .description('change settings')
      .argument('<name=value...>', 'as archiveInterval=10000; lists with commas; none for no limit; true or false'),
  ).action((changes: string[], options: NodeOptions) =>
    withClient(options, async (client, output) => {
      const change = Object.assign({}, ...changes.map(changeOf))
      const all = await client.request('settings.set', change)
      output.result(all, describeSettings(all))
    }),
  )
}

/** The first reading of the text that fits the setting: a number, a list, nothing, yes or no, or the text. @throws UsageError */
export function changeOf(text: string): Partial<Settings> {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`It takes NAME=VALUE, not “${text}”.`)
  const name = text.slice(0, at)
  const value = text.slice(at + 1)
  const { input } = requests['settings.set']
  if (!Object.hasOwn(input.shape, name)) throw unknown(name)
  const readings = [
    ...(/^\d+$/.test(value) ? [Number(value)] : []),
    value,
    listOf(value),
    ...(value === 'none' ? [null] : []),
    ...(value === 'true' || value === 'false' ? [value === 'true'] : []),
  ]
  for (const reading of readings) {
    const parsed = input.safeParse({ [name]: reading })
    if (parsed.success) return parsed.data as Partial<Settings>
  }
  throw new UsageError(`“${value}” is not a value that ${name} can have.`)
}

const listOf = (text: string): string[] => (text === '' ? [] : text.split(','))

export function describeSettings(settings: Settings): string {
  const width = Math.max(...Object.keys(settings).map((name) => name.length))
  const lines = Object.entries(settings).map(([name, value]) => `${name.padEnd(width)}  ${textOf(value)}`.trimEnd())
  return [...lines, ...foreignNodeWarning(settings)].join('\n')
}

/** A Codex node on another computer is not used without this being said. */
export function foreignNodeWarning({ codexEngine, codexNode }: Settings): string[] {
  if (codexEngine !== 'external' || readCodexNode(codexNode)?.onThisMachine !== false) return []
  return [
    '',
    `Warning: the Codex node ${codexNode} is on another computer. It has no password: whoever reaches it can read, add and`,
    'delete everything in it, and what is sent to it can be read on the way.',
  ]
}

const textOf = (value: unknown): string =>
  value === null ? 'none' : Array.isArray(value) ? value.join(',') : String(value)

const unknown = (name: string) => new UsageError(`There is no setting “${name}”. See: chronicle settings get`)
