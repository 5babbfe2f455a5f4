/**
 * Which room of the house may import what: ARCHITECTURE.md's table, enforced by `npm run lint`.
 *
 * Each room has one rule, a list of everything it may touch; whatever is not on the list is refused. The general rules
 * below the table hold for all rooms. test/unit/repository/rooms.test.ts breaks each rule once.
 */
const { builtinModules } = require('node:module')

const network = ['dgram', 'dns', 'dns/promises', 'http', 'http2', 'https', 'net', 'tls']
const quiet = builtinModules.filter((name) => !network.includes(name))

const file = (path) => `^${path.replaceAll('.', '\\.')}$`
const room = (name) => `^src/main/${name}/`
const packages = (...names) => names.map((name) => `(^|/)node_modules/(@types/)?${name}(/|$)`)
const node = (names) => `^(node:)?(${names.join('|')})$`

const shared = '^src/shared/'
/** What a thread and the one who started it share; the clock; where files lie; checks. All of main may use them. */
const plumbing = ['rpc', 'rpc-values', 'spawn', 'crash-point', 'packed-effects'].map((name) =>
  file(`src/main/workers/${name}.ts`),
)
const tools = [shared, ...plumbing, '^src/main/[^/]+\\.ts$', ...packages('zod')]
const entries = '^src/main/(electron|headless|cli)\\.ts$'

const libp2p = packages(
  'libp2p',
  '@libp2p/.+',
  '@chainsafe/.+',
  '@multiformats/.+',
  'multiformats',
  'uint8arraylist',
  'it-.+',
  '@waku/.+',
)
const curves = packages('@noble/hashes', '@scure/.+', 'hash-wasm', 'secp256k1')
const page = ['react', 'react-dom', 'zustand', 'radix-ui', 'lucide-react', 'uplot', 'zod', '@tanstack/.+']

/** Files that hold nothing but a room's promises: their types, constants and error classes are for everyone. */
const interfaces = ['waku/network', 'distribution/engine', 'store/records'].map((name) => file(`src/main/${name}.ts`))

const people = ['profiles', 'communities', 'messages', 'archives', 'imports']
const carriers = ['store', 'waku', 'distribution']
const below = [...people, ...carriers, 'wire'].map(room)

const table = {
  shared: ['^src/shared/', packages('zod')],
  wire: ['^src/main/wire/', [shared, curves, node(['crypto', 'buffer'])]],
  // The ports that the store implements are declared by those who need them.
  store: ['^src/main/store/', [tools, interfaces, packages('better-sqlite3'), node(quiet)]],
  waku: ['^src/main/waku/', [tools, room('wire'), libp2p, packages('better-sqlite3'), node(builtinModules)]],
  distribution: [
    '^src/main/distribution/',
    [tools, room('wire'), libp2p, packages('webtorrent', 'better-sqlite3'), node(builtinModules)],
  ],
  ...Object.fromEntries(people.map((name) => [name, [room(name), [tools, below, curves, node(quiet)]]])),
  workers: ['^src/main/workers/', [tools, below, node(builtinModules)]],
  node: ['^src/main/node/', [tools, below, node(quiet)]],
  demo: ['^src/main/demo/', [tools, below, room('node'), node(quiet)]],
  // The bench plays the demonstration.
  api: ['^src/main/api/', [tools, room('node'), room('demo'), room('wire'), node(quiet)]],
  sockets: ['^src/main/sockets/', [tools, room('api'), packages('ws'), node(builtinModules)]],
  http: ['^src/main/http/', [tools, room('api'), room('sockets'), packages('ws', 'prom-client'), node(builtinModules)]],
  shell: ['^src/main/shell/', [tools, room('api'), packages('electron', 'electron-updater'), node(builtinModules)]],
  cli: [
    '^src/main/cli(/|\\.ts$)',
    [
      tools,
      ...['api', 'demo', 'http', 'node', 'sockets', 'wire'].map(room),
      packages('commander', 'cli-progress'),
      node(builtinModules),
    ],
  ],
  electron: [
    file('src/main/electron.ts'),
    [tools, ...['api', 'node', 'shell', 'sockets'].map(room), packages('electron'), node(quiet)],
  ],
  headless: [file('src/main/headless.ts'), [tools, ...['api', 'node', 'http', 'sockets'].map(room), node(quiet)]],
  preload: ['^src/preload/', [shared, packages('electron')]],
  renderer: ['^src/renderer/', [shared, '^resources/licences\\.txt$', packages(...page)]],
}

const roomRules = Object.entries(table).map(([name, [from, may]]) => ({
  name,
  comment: `${name} imports something that is not on its list`,
  severity: 'error',
  from: { path: from },
  to: { pathNot: [from, may].flat(Infinity), couldNotResolve: false },
}))

const generalRules = [
  {
    name: 'front-doors',
    comment: 'another room is entered through its index.ts (threads may go where they work)',
    from: { path: '^src/main/([^/]+)/', pathNot: room('workers') },
    to: { path: '^src/main/[^/]+/', pathNot: [room('$1'), '/index\\.ts$', ...interfaces, ...plumbing] },
  },
  {
    name: 'interfaces-only',
    comment: 'the rooms about people know the store, the network and the engines by their types; node/ hands them over',
    from: { path: `^src/main/(${people.join('|')})/` },
    to: { path: carriers.map(room), pathNot: interfaces, dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'entries-apart',
    comment: 'nothing imports a program',
    from: { path: '^src/' },
    to: { path: entries },
  },
  {
    name: 'features-apart',
    comment: 'a feature of the interface is deleted by deleting its folder',
    from: { path: '^src/renderer/features/([^/]+)/' },
    to: { path: '^src/renderer/features/', pathNot: '^src/renderer/features/$1/' },
  },
  {
    name: 'components-plain',
    comment: 'components know no feature and no app',
    from: { path: '^src/renderer/components/' },
    to: { path: '^src/renderer/(features|app)/' },
  },
  {
    name: 'no-cycles',
    comment: 'who imports whom has a direction',
    from: { path: '^src/' },
    to: { circular: true },
  },
  {
    name: 'declared',
    comment: 'the package is not in package.json',
    from: { path: '^src/' },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-optional', 'npm-peer'] },
  },
  {
    name: 'shipped',
    comment: 'what the node needs when it runs belongs to "dependencies"; electron is there by itself',
    from: { path: '^src/(main|shared)/' },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: packages('electron') },
  },
  {
    name: 'resolvable',
    comment: 'there is no such module',
    from: { path: '^src/' },
    to: { couldNotResolve: true },
  },
].map((rule) => ({ severity: 'error', ...rule }))

module.exports = {
  forbidden: [...roomRules, ...generalRules],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.css$' },
    // Types count: a room that knows another's types knows the room.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
