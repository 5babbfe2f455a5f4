import { describe } from 'vitest'
import { codexEngineContract } from '../../../support/codex-contract.ts'
import { externalEngines } from '../../../support/external-engines.ts'

describe.each(['storage', 'codex'] as const)('with nodes that answer under /api/%s', (flavour) => {
  codexEngineContract('the external Codex engine', externalEngines({ flavour }))
})
