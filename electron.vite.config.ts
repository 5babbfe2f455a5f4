/**
 * Builds the three worlds of the app. The main process keeps the module tree of src/ (out/main/cli.js,
 * out/main/workers/store-worker.js, out/shared/…): a thread is started by its file, relative to the module that starts
 * it, the same way from source and from the build. Packages stay packages; only the page and its bridge are bundled.
 */
import { existsSync, globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

/** scripts/lib/build.mjs builds beside the last good build and then moves the new one into its place. */
const out = process.env.CHRONICLE_OUT ?? 'out'

/** Programs a person starts, and the threads they start. */
const programs = ['src/main/electron.ts', 'src/main/headless.ts', 'src/main/cli.ts']
const threads = globSync('src/main/workers/*-worker.ts')
const mainEntries = [...programs, ...threads].filter((file) => existsSync(file))

const preload = 'src/preload/index.ts'
const page = 'src/renderer/index.html'

export default defineConfig({
  ...(mainEntries.length > 0 && {
    main: {
      build: {
        outDir: out,
        emptyOutDir: false,
        rolldownOptions: {
          input: Object.fromEntries(mainEntries.map((file) => [file.slice('src/'.length, -'.ts'.length), file])),
          output: {
            format: 'es',
            preserveModules: true,
            preserveModulesRoot: 'src',
            entryFileNames: '[name].js',
            chunkFileNames: '[name].js',
          },
        },
      },
    },
  }),
  ...(existsSync(preload) && {
    preload: {
      build: {
        outDir: join(out, 'preload'),
        // A sandboxed preload may require nothing but `electron`: everything else must be inside the one file.
        externalizeDeps: false,
        rolldownOptions: {
          input: preload,
          output: { format: 'cjs', entryFileNames: 'index.cjs', codeSplitting: false },
        },
      },
    },
  }),
  ...(existsSync(page) && {
    renderer: {
      root: 'src/renderer',
      plugins: [react(), tailwindcss()],
      build: {
        outDir: resolve(out, 'renderer'),
        emptyOutDir: true,
        minify: true,
        rolldownOptions: { input: resolve(page) },
      },
    },
  }),
})
