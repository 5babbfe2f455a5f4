/** The repositories as a plain table of functions: what a store thread serves and what the in-thread store calls. */
import { storeError } from './errors.ts'
import { Repository } from './repository.ts'

export type Method = (...args: unknown[]) => unknown
export type Methods = Readonly<Record<string, Readonly<Record<string, Method>>>>

/** Repository → method → whether it only reads. */
export type Shape = Readonly<Record<string, Readonly<Record<string, 'read' | 'write'>>>>

/** Public methods of each repository, their errors turned into StoreErrors. */
export function methodsOf(repositories: object): Methods {
  return mapRepositories(repositories, (repository, name) => {
    const method: unknown = Reflect.get(repository, name)
    return (...args: unknown[]) => {
      try {
        return typeof method === 'function' ? Reflect.apply(method, repository, args) : undefined
      } catch (error) {
        throw storeError(error)
      }
    }
  })
}

export function shapeOf(repositories: object): Shape {
  return mapRepositories(repositories, (repository, name) => {
    const reads: unknown = Reflect.get(repository.constructor, 'reads')
    return Array.isArray(reads) && reads.includes(name) ? 'read' : 'write'
  })
}

function mapRepositories<T>(repositories: object, make: (repository: Repository, method: string) => T) {
  const table: Record<string, Record<string, T>> = {}
  for (const [name, repository] of Object.entries(repositories)) {
    if (!(repository instanceof Repository)) continue
    const methods: Record<string, T> = {}
    for (const method of methodNames(repository)) methods[method] = make(repository, method)
    table[name] = methods
  }
  return table
}

function methodNames(repository: Repository): readonly string[] {
  const names: string[] = []
  let prototype: object = Object.getPrototypeOf(repository)
  while (prototype !== Repository.prototype) {
    names.push(...Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor'))
    prototype = Object.getPrototypeOf(prototype)
  }
  return names
}
