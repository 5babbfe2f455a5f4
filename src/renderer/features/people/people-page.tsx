/** Everybody in a community; for its owner also who asks to be let in, and who was put out. */
import { Users } from 'lucide-react'
import type { Community } from '../../../shared/domain.ts'
import { Blank } from '../../components/blank.tsx'
import { Card } from '../../components/card.tsx'
import { Bar, Content } from '../../components/page.tsx'
import { People } from './people.tsx'
import { Requests } from './requests.tsx'

export function PeoplePage({ community }: { readonly community: Community }) {
  const isOwner = community.role === 'owner'
  return (
    <>
      <Bar title="People" name={`People · ${community.name}`} />
      <Content>
        <div className="grid max-w-[720px] gap-3">
          {isOwner && <Requests community={community} />}
          <People
            community={community}
            standing="member"
            title="Members"
            empty={
              <Card title="Members">
                <Blank icon={Users} title="Nobody is listed yet">
                  <p>The list is part of the community’s description, which has not been found yet or lists nobody.</p>
                </Blank>
              </Card>
            }
          />
          {isOwner && <People community={community} standing="banned" title="Banned" empty={null} />}
          {isOwner && <People community={community} standing="former" title="Were members" empty={null} />}
        </div>
      </Content>
    </>
  )
}
