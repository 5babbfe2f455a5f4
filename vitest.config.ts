/**
 * The kinds of tests, each a project: `npx vitest run --project unit`, or a file's path to run that one alone.
 * Two workers, because that is what the smallest machine we support has; whatever opens sockets in earnest, starts
 * whole nodes or measures runs one file at a time.
 */
import { defineConfig } from 'vitest/config'

interface Kind {
  readonly include: string | readonly string[]
  readonly exclude?: string | readonly string[]
  /** ms for one test */
  readonly timeout: number
  readonly workers: 1 | 2
  /** Prepares what the files of this kind need before the first of them runs. */
  readonly setup: 'proto' | 'build'
}

/** Tests of single rooms that kill processes by the dozen lie beside the room's others, and run with the rest of chaos. */
const kills = 'test/integration/**/{crash,crashes,kills}.test.ts'

/** Scenarios that take minutes each run in `npm run verify`, or when asked for. */
const long = process.env.CHRONICLE_SCENARIOS === 'all' ? {} : { exclude: 'test/scenarios/**/*.long.test.ts' }

/** What other programs' own tools take minutes to build, and what CI sees elsewhere already. */
const longOnCi = process.env.CI === 'true' ? { exclude: 'test/interop/**/*.long.test.ts' } : {}

/** Transfers between whole engines: most of what waits for timeouts and threads lies here, so it is a kind by itself. */
const engines = 'test/integration/distribution/**/*.test.ts'

const kinds: Record<string, Kind> = {
  unit: {
    include: 'test/unit/**/*.test.{ts,tsx}',
    exclude: 'test/unit/wire/vectors/**',
    timeout: 10_000,
    workers: 2,
    setup: 'proto',
  },
  vectors: { include: 'test/unit/wire/vectors/**/*.test.ts', timeout: 30_000, workers: 2, setup: 'proto' },
  integration: {
    include: 'test/integration/**/*.test.ts',
    exclude: [kills, engines],
    timeout: 60_000,
    workers: 2,
    setup: 'proto',
  },
  engines: { include: engines, exclude: kills, timeout: 60_000, workers: 2, setup: 'proto' },
  e2e: { include: 'test/e2e/*.test.ts', timeout: 60_000, workers: 1, setup: 'build' },
  desktop: { include: 'test/e2e/desktop/**/*.test.ts', timeout: 60_000, workers: 1, setup: 'build' },
  scenarios: { include: 'test/scenarios/**/*.test.ts', ...long, timeout: 600_000, workers: 1, setup: 'build' },
  interop: { include: 'test/interop/**/*.test.ts', ...longOnCi, timeout: 600_000, workers: 1, setup: 'build' },
  chaos: { include: ['test/chaos/**/*.test.ts', kills], timeout: 600_000, workers: 1, setup: 'build' },
  fuzz: { include: 'test/fuzz/*.test.ts', timeout: 3_600_000, workers: 1, setup: 'proto' },
  soak: { include: 'test/soak/*.test.ts', timeout: 7_200_000, workers: 1, setup: 'build' },
  bench: { include: 'test/bench/**/*.bench.ts', timeout: 1_200_000, workers: 1, setup: 'build' },
}

export default defineConfig({
  test: {
    projects: Object.entries(kinds).map(([name, kind], order) => ({
      test: {
        name,
        include: [kind.include].flat(),
        exclude: [kind.exclude ?? []].flat(),
        environment: 'node',
        // Processes, not threads: native modules and worker threads of our own live in them.
        pool: 'forks',
        maxWorkers: kind.workers,
        fileParallelism: kind.workers > 1,
        sequence: { groupOrder: order },
        testTimeout: kind.timeout,
        hookTimeout: kind.timeout,
        teardownTimeout: 10_000,
        globalSetup: [`test/support/before-${kind.setup}.ts`],
      },
    })),
  },
})
