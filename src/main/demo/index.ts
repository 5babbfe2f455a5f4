/** A whole community on one machine, from a file of messages: what `chronicle demo` runs, and what tests build upon. */
export { CorpusError, type CorpusMessage, readCorpus } from './corpus.ts'
export type { Inhabitant } from './inhabitant.ts'
export { keepFor } from './keep.ts'
export { type Demo, type DemoOptions, type DemoResult, runDemo } from './run.ts'
