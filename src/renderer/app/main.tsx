/** Starts the page: one carrier, one client, one cache, one tree. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createClient } from '../../shared/client.ts'
import { TipProvider } from '../components/tip.tsx'
import { type Node, NodeProvider } from '../lib/client.tsx'
import { applyTheme } from '../lib/theme.ts'
import { openCarrier } from '../lib/transport.ts'
import { App } from './app.tsx'
import { Boundary } from './boundary.tsx'
import { keepLive } from './live.ts'
import './style.css'

applyTheme()

const carrier = openCarrier()
const node: Node = { carrier, client: createClient(carrier) }
const queries = new QueryClient({
  defaultOptions: {
    // Answers stay true until an event says otherwise; the network between page and node is no one's to guess.
    queries: { staleTime: Number.POSITIVE_INFINITY, retry: false, networkMode: 'always', refetchOnWindowFocus: false },
    mutations: { retry: false, networkMode: 'always' },
  },
})
keepLive(node, queries)

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <Boundary>
        <QueryClientProvider client={queries}>
          <NodeProvider node={node}>
            <TipProvider delayDuration={500}>
              <App />
            </TipProvider>
          </NodeProvider>
        </QueryClientProvider>
      </Boundary>
    </StrictMode>,
  )
