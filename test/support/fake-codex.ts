/** Datasets of the node that is not there (fake-api.ts). */
const cid = `zDv${'k'.repeat(44)}`

export const codexAnswers = {
  'codex.tray': async () => ({ folder: '/tray' }),
  'codex.put': async () => ({ cid, bytes: 1 }),
  'codex.get': async () => ({ path: '/dataset', bytes: 1 }),
}
