/**
 * Writes src/main/wire/generated/schema.ts from proto/*.proto: for each message an interface and the shape that the
 * codec in src/main/wire/protobuf reads and writes by; for each enum a constant object. Does nothing when the file is
 * already of these inputs. `node scripts/proto.mjs`, or `generateProto()` from another script.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PROTO = join(ROOT, 'proto')
const OUTPUT = join(ROOT, 'src/main/wire/generated/schema.ts')
const SCALARS = new Set(['bool', 'int32', 'uint32', 'uint64', 'string', 'bytes'])

/** @returns {Promise<boolean>} whether the file had to be written. */
export async function generateProto() {
  const files = readdirSync(PROTO)
    .filter((name) => name.endsWith('.proto'))
    .sort()
    .map((name) => join(PROTO, name))
  const hash = createHash('sha256').update(readFileSync(fileURLToPath(import.meta.url)))
  for (const file of files) hash.update(file.slice(PROTO.length)).update(readFileSync(file))
  const mark = `// inputs ${hash.digest('hex')}`
  if (currentMark() === mark) return false

  const { default: protobuf } = await import('protobufjs')
  const root = new protobuf.Root()
  root.resolvePath = (_origin, target) => (files.includes(target) ? target : join(PROTO, target))
  root.loadSync(files)
  root.resolveAll()
  mkdirSync(join(OUTPUT, '..'), { recursive: true })
  const draft = `${OUTPUT}.${process.pid}`
  writeFileSync(draft, `${mark}\n${render(root.nestedArray, protobuf)}`)
  renameSync(draft, OUTPUT)
  return true
}

function currentMark() {
  try {
    return readFileSync(OUTPUT, 'utf8').split('\n', 1)[0]
  } catch {
    return ''
  }
}

function render(nested, protobuf) {
  const enums = nested.filter((item) => item instanceof protobuf.Enum)
  const messages = byDependency(
    nested.filter((item) => item instanceof protobuf.Type),
    protobuf,
  )
  if (enums.length + messages.length !== nested.length) throw new Error('proto: only top-level messages and enums')
  return [
    '// Written by scripts/proto.mjs from proto/*.proto. Changes here are lost.',
    "import { field, type MessageShape, shape } from '../protobuf/schema.ts'",
    ...enums.map(renderEnum),
    ...messages.map((message) => renderMessage(message, protobuf)),
    '',
  ].join('\n')
}

function renderEnum({ name, values }) {
  const lines = Object.entries(values).map(([key, value]) => `  ${key}: ${value},`)
  return `\nexport const ${name} = {\n${lines.join('\n')}\n} as const`
}

function renderMessage(message, protobuf) {
  const fields = message.fieldsArray.toSorted((a, b) => a.id - b.id).map((field) => describe(field, protobuf))
  const types = fields.map(({ name, optional, type }) => `  readonly ${name}${optional ? '?' : ''}: ${type}`)
  const shapes = fields.map(({ code }) => `  ${code},`)
  return [
    `\nexport interface ${message.name} {`,
    ...types,
    '}',
    `export const ${message.name}: MessageShape<${message.name}> = shape('${message.name}', [`,
    ...shapes,
    '])',
  ].join('\n')
}

function describe(field, protobuf) {
  const target = field.resolvedType
  const isMessage = target instanceof protobuf.Type
  const scalar = target instanceof protobuf.Enum ? 'int32' : field.type
  if (!isMessage && !SCALARS.has(scalar)) throw new Error(`proto: ${field.fullName}: ${scalar} is not supported`)
  const kind = isMessage ? target.name : `'${scalar}'`
  const isMap = field instanceof protobuf.MapField
  const explicit = field.partOf !== null && field.partOf !== undefined
  const cardinality = isMap ? 'map' : field.repeated ? 'repeated' : explicit && !isMessage ? 'optional' : 'single'
  const more = []
  if (isMap) {
    if (field.keyType !== 'string' && field.keyType !== 'uint32') throw new Error(`proto: ${field.fullName}: key type`)
    more.push(`key: '${field.keyType}'`)
  }
  if (explicit && !field.options?.proto3_optional) more.push(`oneof: '${field.partOf.name}'`)
  const value = isMessage ? target.name : typeOf(scalar)
  const key = field.keyType === 'uint32' ? 'number' : 'string'
  const type = isMap ? `ReadonlyMap<${key}, ${value}>` : field.repeated ? `readonly ${value}[]` : value
  return {
    name: field.name,
    optional: cardinality === 'optional' || (cardinality === 'single' && isMessage),
    type,
    code: `field(${field.id}, '${field.name}', '${cardinality}', ${kind}${more.length > 0 ? `, { ${more.join(', ')} }` : ''})`,
  }
}

function typeOf(scalar) {
  if (scalar === 'string') return 'string'
  if (scalar === 'bytes') return 'Uint8Array'
  return scalar === 'bool' ? 'boolean' : 'number'
}

/** Used messages before their users. A cycle is refused: the decoder's nesting is bounded because there is none. */
function byDependency(messages, protobuf) {
  const sorted = []
  const visiting = new Set()
  const visit = (message) => {
    if (sorted.includes(message)) return
    if (visiting.has(message)) throw new Error(`proto: ${message.name} contains itself`)
    visiting.add(message)
    for (const { resolvedType } of message.fieldsArray) if (resolvedType instanceof protobuf.Type) visit(resolvedType)
    sorted.push(message)
  }
  for (const message of messages) visit(message)
  return sorted
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log((await generateProto()) ? 'proto: written' : 'proto: up to date')
}
