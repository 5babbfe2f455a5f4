/** Every archive set that moves or could: how much of it is here, with whom, how fast. */
import {
  ArrowDownUp,
  CircleCheck,
  CircleX,
  Download,
  Hourglass,
  Link2,
  type LucideIcon,
  Search,
  Upload,
} from 'lucide-react'
import type { Community, Transfer } from '../../../shared/domain.ts'
import { Blank } from '../../components/blank.tsx'
import { IconButton } from '../../components/button.tsx'
import { Card } from '../../components/card.tsx'
import { Meter } from '../../components/meter.tsx'
import { Failure } from '../../components/note.tsx'
import { Bar, Content } from '../../components/page.tsx'
import { RateChart } from '../../components/rate-chart.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { Tag, type Tone } from '../../components/tag.tsx'
import { useRequest } from '../../lib/client.tsx'
import { bytes, count, rate } from '../../lib/format.ts'
import { useRates } from '../../lib/rates.ts'
import { EngineTroubles } from './engine-troubles.tsx'
import { Limits } from './limits.tsx'
import { PieceBar } from './piece-bar.tsx'
import { stateOf, type TransferState } from './state.ts'

const words: Readonly<
  Record<TransferState, { readonly word: string; readonly icon: LucideIcon; readonly tone: Tone }>
> = {
  downloading: { word: 'Downloading', icon: Download, tone: 'info' },
  looking: { word: 'Looking for the index', icon: Search, tone: 'info' },
  waiting: { word: 'Waiting for peers', icon: Hourglass, tone: 'warn' },
  failed: { word: 'Failed', icon: CircleX, tone: 'bad' },
  seeding: { word: 'Seeding', icon: Upload, tone: 'ok' },
  complete: { word: 'Complete, not seeding', icon: CircleCheck, tone: 'neutral' },
}

export function TransfersPage({ communities }: { readonly communities: readonly Community[] }) {
  const transfers = useRequest('transfers.list')
  return (
    <>
      <Bar title="Transfers" name="Transfers" />
      <Content>
        <EngineTroubles />
        {transfers.isPending && (
          <Card>
            <Lines rows={3} label="Reading the transfers" />
          </Card>
        )}
        {transfers.isError && (
          <Failure error={transfers.error} what="The transfers could not be read" onRetry={transfers.refetch} />
        )}
        {transfers.data?.length === 0 && (
          <Card>
            <Blank icon={ArrowDownUp} title="Nothing to transfer">
              <p>
                Archives show here as soon as a community announces some: those you fetch, and those you hold for
                others.
              </p>
            </Blank>
          </Card>
        )}
        {transfers.data && transfers.data.length > 0 && (
          <>
            <Totals transfers={transfers.data} />
            <Rates />
            <ul className="grid gap-3">
              {transfers.data.map((transfer) => (
                <li key={`${transfer.engine}${transfer.link}`}>
                  <Row
                    transfer={transfer}
                    name={communities.find(({ id }) => id === transfer.communityId)?.name || 'A community'}
                  />
                </li>
              ))}
            </ul>
          </>
        )}
        <Limits />
      </Content>
    </>
  )
}

function Rates() {
  const samples = useRates(({ all }) => all)
  return (
    <Card title="Rates">
      <RateChart label="Rates of all transfers" samples={samples} />
    </Card>
  )
}

function Totals({ transfers }: { readonly transfers: readonly Transfer[] }) {
  const of = (field: 'peers' | 'downloadRate' | 'uploadRate'): number =>
    transfers.reduce((total, transfer) => total + transfer[field], 0)
  return (
    <p className="text-ink-2 tabular-nums">
      <b className="text-bar font-semibold text-ink">{count(of('peers'))} peers</b> · down {rate(of('downloadRate'))} ·
      up {rate(of('uploadRate'))}
    </p>
  )
}

function Row({ transfer, name }: { readonly transfer: Transfer; readonly name: string }) {
  const { word, icon, tone } = words[stateOf(transfer)]
  const { engine, bytesDone, bytesTotal, peers, downloadRate, uploadRate, pieces, trouble, link } = transfer
  const by = engine === 'torrent' ? 'Torrent' : 'Codex'
  const unit = engine === 'torrent' ? 'pieces' : 'blocks'
  const facts = [
    ['Here', `${bytes(bytesDone)} of ${bytesTotal > 0 ? bytes(bytesTotal) : 'unknown'}`],
    [
      engine === 'torrent' ? 'Pieces' : 'Blocks',
      pieces.total > 0 ? `${count(pieces.here)} of ${count(pieces.total)}` : 'unknown',
    ],
    ['Peers', peers === 0 ? 'none' : count(peers)],
    ['Down', rate(downloadRate)],
    ['Up', rate(uploadRate)],
  ] as const
  return (
    <Card
      title={name}
      beside={
        <>
          <span className="text-meta text-ink-3">{by}</span>
          <Tag icon={icon} tone={tone}>
            {word}
          </Tag>
        </>
      }
      actions={
        <IconButton
          icon={Link2}
          label={`Copy the link of ${name} by ${by}`}
          size="small"
          onClick={() => void navigator.clipboard?.writeText(link)}
        />
      }
    >
      {pieces.total > 0 ? (
        <PieceBar pieces={pieces} unit={unit} />
      ) : (
        <Meter label={`${name} by ${by}, bytes here`} value={bytesDone} max={bytesTotal} />
      )}
      <dl className="mt-2 flex flex-wrap gap-x-6 gap-y-1">
        {facts.map(([fact, value]) => (
          <div key={fact}>
            <dt className="text-label text-ink-3">{fact}</dt>
            <dd className="tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
      {trouble !== '' && (
        <p className="mt-2 break-words text-bad">
          {trouble} <span className="text-ink-2">It is tried again by itself.</span>
        </p>
      )}
    </Card>
  )
}
