/**
 * Imported first by every program that Node runs: below Node 22 the database driver would end the process without a
 * word, so it ends here, with one.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 12)) {
  console.error(
    `Chronicle needs Node 22.12 or newer; this is Node ${process.versions.node}. "npm start" brings its own.`,
  )
  process.exit(1)
}
