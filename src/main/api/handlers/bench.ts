/** Requests about the bench. It is this program's own, whoever's node is used. */
import type { Handlers } from '../../../shared/contract.ts'
import type { BenchRoom } from '../bench/bench.ts'

export const benchHandlers = (bench: BenchRoom) =>
  ({
    'bench.show': async () => bench.show(),
    'bench.add': ({ name }) => bench.add(name),
    'bench.login': ({ id }) => bench.login(id),
    'bench.logout': ({ id }) => bench.logout(id),
    'bench.service': ({ on }) => bench.service(on),
    'bench.ask': ({ id, name, input }) => bench.ask(id, name, input),
    'bench.signals': async (query) => bench.log.page(query),
    'bench.run': ({ engine }) => bench.run(engine),
    'bench.stop': () => bench.stop(),
    'bench.clear': async () => {
      await bench.clear()
      return undefined
    },
  }) satisfies Partial<Handlers>
