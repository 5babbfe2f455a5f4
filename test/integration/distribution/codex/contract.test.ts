import { codexEngineContract } from '../../../support/codex-contract.ts'
import { startEngine, startMember } from '../../../support/codex-engines.ts'

codexEngineContract('the embedded Codex engine', {
  open: startEngine,
  member: startMember,
  silence: (engine) => engine.stop(),
})
