/** `chronicle community …`, what owning one is about: its key, who may help, and what is passed on to others. */
import type { Command } from 'commander'
import { readSecret } from '../secret.ts'
import { contactIdOf, findCommunity, switchOf } from './arguments.ts'
import { describeCommunity } from './community-text.ts'
import { whole } from './context.ts'
import { type NodeOptions, withNode } from './node-options.ts'
import { withClient } from './with-client.ts'

interface AdoptOptions extends NodeOptions {
  readonly keyFd?: number
  readonly keyFile?: string
  readonly archives: boolean
}

export function registerOwnership(community: Command): void {
  const command = (name: string, description: string) => withNode(community.command(name).description(description))
  const ofOne = (name: string, description: string) =>
    command(name, description).argument('<community>', 'its id or name')

  command('adopt', 'become the owner of a community by its private key; its history is found and continued')
    .option('--key-fd <n>', 'read the key from this open file descriptor', whole(0, 1024))
    .option('--key-file <file>', 'read the key from this file')
    .option('--no-archives', 'do not archive its history')
    .action(({ keyFd, keyFile, archives, ...options }: AdoptOptions) =>
      withClient(options, async (client, output) => {
        const title = 'Private key of the community'
        const key = await readSecret({ title, options: '--key-fd or --key-file', fd: keyFd, file: keyFile })
        const adopted = await client.request('communities.adopt', { key, historyArchives: archives })
        const next = 'Nothing is published before its newest history is here: see chronicle archive status.'
        output.result(adopted, `${describeCommunity(adopted)}\n${next}`)
      }),
    )

  ofOne('export-key', 'print the private key of a community; whoever has it is its owner').action(
    (wanted: string, options: NodeOptions) =>
      withClient(options, async (client, output, password) => {
        const { id } = await findCommunity(client, wanted)
        const exported = await client.request('communities.exportKey', { id, password: await password() })
        output.result(exported, exported.key)
      }),
  )

  ofOne('admin', 'let a member help to run the community, or no longer')
    .argument('<key>', 'whom')
    .argument('<on|off>')
    .action((wanted: string, key: string, text: string, options: NodeOptions) =>
      withClient(options, async (client, output) => {
        const admin = switchOf(text)
        const { id } = await findCommunity(client, wanted)
        const contactId = contactIdOf(key)
        await client.request('communities.setAdmin', { id, contactId, admin })
        output.result({ id, contactId, admin }, admin ? 'They are an admin now.' : 'They are no admin any more.')
      }),
    )

  ofOne('link', 'a link that others can join by').action((wanted: string, options: NodeOptions) =>
    withClient(options, async (client, output) => {
      const { id } = await findCommunity(client, wanted)
      const made = await client.request('communities.link', { id })
      output.result(made, made.link)
    }),
  )
}
