/** When the interface itself fails: say so, and offer the way back. The node goes on meanwhile. */
import { Component, type ReactNode } from 'react'
import { Button } from '../components/button.tsx'
import { Note } from '../components/note.tsx'

interface BoundaryState {
  readonly error: Error | null
}

export class Boundary extends Component<{ readonly children: ReactNode }, BoundaryState> {
  override state: BoundaryState = { error: null }

  static getDerivedStateFromError(error: unknown): BoundaryState {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <main className="grid h-full place-items-center bg-page p-6">
        <div className="max-w-[640px]">
          <Note
            tone="bad"
            title="This page stopped working"
            actions={<Button onClick={() => location.reload()}>Open it again</Button>}
          >
            <p>Your messages and archives are not affected: the node goes on. What happened: {error.message}</p>
          </Note>
        </div>
      </main>
    )
  }
}
