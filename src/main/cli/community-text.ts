/** A community in a few lines, as the commands about it answer. */
import type { Community } from '../../shared/domain.ts'

export function describeCommunity(community: Community): string {
  const { id, name, description, role, state, members, channels, historyArchives, encrypted } = community
  return [
    `id        ${id}`,
    `name      ${name}`,
    ...(description === '' ? [] : [`about     ${description}`]),
    `role      ${role}, ${state}`,
    `members   ${members}`,
    `archives  ${historyArchives ? 'on' : 'off'}`,
    ...(encrypted ? ['encrypted'] : []),
    ...channels.map((channel) => `channel   ${channel.chatId.slice(68)}  #${channel.name}`),
  ].join('\n')
}
