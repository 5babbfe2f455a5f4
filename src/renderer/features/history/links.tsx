/** The announcements that lead to the archives: by which way, since when, and whether they are followed. */
import type { History } from '../../../shared/contract.ts'
import { Card } from '../../components/card.tsx'
import { LinkList } from '../../components/link-list.tsx'
import { engineWords } from './words.ts'

interface LinksProps {
  readonly links: History['links']
  readonly isOwner: boolean
}

export function Links({ links, isOwner }: LinksProps) {
  return (
    <Card title="Announcements">
      {links.length === 0 ? (
        <p className="text-ink-2">
          {isOwner ? 'None sent yet. The first follows the first archive.' : 'None received yet.'}
        </p>
      ) : (
        <LinkList links={links} ways={engineWords} />
      )}
    </Card>
  )
}
