/** First run and every log-in: one question, and in plain words what goes where. */
import { CircleX, HardDrive, KeyRound, LogIn, UserPlus, Users } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Profile } from '../../../shared/domain.ts'
import { Avatar } from '../../components/avatar.tsx'
import { Button } from '../../components/button.tsx'
import { Logo } from '../../components/logo.tsx'
import { Failure } from '../../components/note.tsx'
import { Lines } from '../../components/skeleton.tsx'
import { useRequest } from '../../lib/client.tsx'
import { shortId } from '../../lib/format.ts'
import { useTitle } from '../../lib/hooks.ts'
import { fromHash } from '../../lib/routes.ts'
import { CreateForm, LoginForm, RestoreForm, useLateFailure } from './forms.tsx'

export function Welcome() {
  useTitle('Welcome')
  const profiles = useRequest('profiles.list')
  const late = useLateFailure(({ error }) => error)
  return (
    <div className="h-full overflow-auto bg-page">
      <div className="grid min-h-full wide:grid-cols-[392px_minmax(0,1fr)]">
        <aside className="flex flex-col border-line border-b bg-side px-6 py-6 wide:border-r wide:border-b-0 wide:px-10 wide:py-12">
          <p className="flex items-center gap-2.5 text-bar font-semibold">
            <Logo />
            Chronicle
          </p>
          <h1 className="mt-4 mb-2 text-title font-semibold text-balance tracking-tight wide:mt-11 wide:mb-3 wide:text-[26px] wide:leading-[33px]">
            Keep everything your community ever said.
          </h1>
          <p className="text-message text-ink-2">
            Messages fade from the network after about 30 days. Chronicle packs them week by week, and the members keep
            them for each other.
          </p>
          <Picture />
          <div className="mt-auto hidden pt-7 wide:block">
            <WhatGoesWhere />
          </div>
        </aside>
        <main className="flex w-full max-w-[760px] flex-col justify-start px-6 py-8 wide:justify-center wide:px-14">
          {profiles.isPending && <Lines label="Looking for profiles" />}
          {profiles.isError && (
            <Failure error={profiles.error} what="The profiles could not be read" onRetry={profiles.refetch} />
          )}
          {late && <Failure error={late} what="You could not be logged in" />}
          {profiles.data && <Door profiles={profiles.data} />}
          <div className="mt-10 wide:hidden">
            <WhatGoesWhere />
          </div>
        </main>
      </div>
    </div>
  )
}

/** Whom this window was opened for. */
function wantedAmong(profiles: readonly Profile[]): Profile | null {
  const route = fromHash(location.hash)
  const wanted = route.at === 'home' ? route.profile : undefined
  return profiles.find(({ id, name }) => wanted !== undefined && (id === wanted || name === wanted)) ?? null
}

/** Who is there already, or a form for someone new. */
function Door({ profiles }: { readonly profiles: readonly Profile[] }) {
  const [chosen, setChosen] = useState<Profile | 'new' | 'restore' | null>(() =>
    profiles.length === 0 ? 'new' : wantedAmong(profiles),
  )
  if (chosen === 'new')
    return (
      <Question
        title="Who are you here?"
        text="A profile is a key on this computer, locked with a password. Make as many as you like."
      >
        <CreateForm onBack={profiles.length > 0 ? () => setChosen(null) : null} onClosed={setChosen} />
        {profiles.length === 0 && (
          <p className="mt-6 border-line border-t pt-4 text-ink-2">
            You have a recovery phrase?{' '}
            <Button look="ghost" onClick={() => setChosen('restore')}>
              Restore a profile
            </Button>
          </p>
        )}
      </Question>
    )
  if (chosen === 'restore')
    return (
      <Question
        title="Restore a profile"
        text="Your recovery phrase is your key. It makes you the same person on this computer."
      >
        <RestoreForm onBack={() => setChosen(profiles.length > 0 ? null : 'new')} onClosed={setChosen} />
      </Question>
    )
  if (chosen)
    return (
      <Question
        title={`Welcome back, ${chosen.name}`}
        text="Your password unlocks your key. It does not leave this computer."
      >
        <LoginForm profile={chosen} onBack={() => setChosen(null)} />
      </Question>
    )
  return (
    <Question title="Who are you here?" text="Choose a profile on this computer, or make another.">
      <ul className="grid gap-2">
        {profiles.map((profile) => (
          <li key={profile.id}>
            <Choice
              picture={<Avatar id={profile.contactId} name={profile.name} />}
              name={profile.name}
              detail={`Key ${shortId(profile.contactId)}`}
              action={<LogIn size={16} aria-hidden />}
              onChoose={() => setChosen(profile)}
            />
          </li>
        ))}
        <li>
          <Choice
            picture={
              <span className="grid size-8 place-items-center rounded-full bg-accent-soft text-accent">
                <UserPlus size={16} aria-hidden />
              </span>
            }
            name="Create a new profile"
            detail="A name and a password"
            onChoose={() => setChosen('new')}
          />
        </li>
        <li>
          <Choice
            picture={
              <span className="grid size-8 place-items-center rounded-full bg-accent-soft text-accent">
                <KeyRound size={16} aria-hidden />
              </span>
            }
            name="Restore a profile"
            detail="From its recovery phrase"
            onChoose={() => setChosen('restore')}
          />
        </li>
      </ul>
    </Question>
  )
}

interface ChoiceProps {
  readonly picture: ReactNode
  readonly name: string
  readonly detail: string
  readonly action?: ReactNode
  readonly onChoose: () => void
}

function Choice({ picture, name, detail, action, onChoose }: ChoiceProps) {
  return (
    <button
      type="button"
      onClick={onChoose}
      className="flex w-full items-center gap-3 rounded-card border border-edge px-4 py-3 text-left hover:bg-side focus-visible:rounded-card"
    >
      {picture}
      <span className="min-w-0 flex-1">
        <span className="block truncate text-message font-semibold">{name}</span>
        <span className="block truncate text-meta text-ink-2">{detail}</span>
      </span>
      <span className="text-ink-3">{action}</span>
    </button>
  )
}

function Question({
  title,
  text,
  children,
}: {
  readonly title: string
  readonly text: string
  readonly children: ReactNode
}) {
  return (
    <section>
      <h2 className="text-title font-semibold tracking-tight">{title}</h2>
      <p className="mt-1 mb-6 text-ink-2">{text}</p>
      {children}
    </section>
  )
}

const places = [
  [
    HardDrive,
    'Your key, messages and archives stay in one folder on this computer. The key is locked with your password.',
  ],
  [
    Users,
    'What you post goes to the community’s members over the Waku network. Archives go to members who ask for them; they can see your network address while you share.',
  ],
  [
    CircleX,
    'No account, no statistics, no server of ours. Until you add one, no other computer is asked for anything.',
  ],
] as const

function WhatGoesWhere() {
  return (
    <section aria-label="What goes where" className="text-meta leading-[18px] text-ink-2">
      <h2 className="mb-1.5 font-semibold">What goes where</h2>
      <ul className="grid gap-1.5">
        {places.map(([Icon, text]) => (
          <li key={text} className="flex gap-2">
            <Icon size={14} aria-hidden className="mt-0.5 shrink-0 text-ink-3" />
            {text}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Five years of weeks, as the history page will show them. */
function Picture() {
  const weeks = Array.from({ length: 130 }, (_, week) => ({ week, state: stateOf(week) }))
  return (
    <div aria-hidden className="mt-7 hidden grid-cols-[repeat(26,1fr)] gap-0.5 wide:grid">
      {weeks.map(({ week, state }) => (
        <span key={week} className="week" data-state={state} />
      ))}
    </div>
  )
}

function stateOf(week: number): string {
  if (week > 127) return 'live'
  const quiet = week > 38 && (week * 7) % 11 === 3
  return quiet || (week > 110 && week % 5 !== 0) ? 'quiet' : 'imported'
}
