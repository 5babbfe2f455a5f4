/** `chronicle engines`: how the engines are that carry archives, and the Codex node that a person runs. */
import type { Command } from 'commander'
import type { EngineState, Settings } from '../../shared/contract.ts'
import { type NodeOptions, withNode } from './node-options.ts'
import { foreignNodeWarning } from './settings.ts'
import { withClient } from './with-client.ts'

export function registerEngines(program: Command): void {
  withNode(program.command('engines').description('how the engines are that carry archives')).action(
    (options: NodeOptions) =>
      withClient(options, async (client, output) => {
        const engines = await client.request('engines.list')
        output.result(engines, describeEngines(engines, await client.request('settings.get')))
      }),
  )
}

export function describeEngines(engines: readonly EngineState[], settings: Settings): string {
  const lines = engines.flatMap(({ engine, state, trouble, addresses, node }) => [
    `${engine.padEnd(8)} ${trouble === '' ? state : 'in trouble'}`,
    ...(trouble === '' ? [] : [`  ${trouble}`]),
    ...(node === null
      ? []
      : [
          `  node     ${node.address}${node.version === '' ? '' : `, ${node.version}`}`,
          `  space    ${node.used} of ${node.quota} bytes taken`,
          `  peer id  ${node.peerId}`,
          ...(node.spr === '' ? [] : [`  record   ${node.spr}`]),
        ]),
    ...addresses.map((address) => `  ${address}`),
  ])
  return [...lines, ...foreignNodeWarning(settings)].join('\n')
}
