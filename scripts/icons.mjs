/**
 * node scripts/icons.mjs: the pictures of the program, drawn from src/renderer/public/icon.svg by a browser. To be run
 * when that file changes; the results are kept, so that building needs no browser.
 */
import { onSupportedNode, root } from './lib/supported-node.mjs'

/** px by file. electron-builder makes the formats of macOS and Windows from the large one. */
const pictures = {
  'build/icon.png': 1024,
  'src/renderer/public/tray.png': 16,
  'src/renderer/public/tray@2x.png': 32,
}

onSupportedNode(async () => {
  const { mkdirSync, readFileSync, writeFileSync } = await import('node:fs')
  const { dirname, join } = await import('node:path')
  const { chromium } = await import('playwright-core')
  const { findBrowser } = await import('../test/support/browser.ts')
  const { executablePath, args, env } = await findBrowser()
  const browser = await chromium.launch({ executablePath, args: [...args], env: { ...env } })
  const drawing = readFileSync(join(root, 'src/renderer/public/icon.svg'), 'utf8')
  for (const [file, size] of Object.entries(pictures)) {
    const page = await browser.newPage({ viewport: { width: size, height: size } })
    await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${drawing}`)
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), await page.screenshot({ omitBackground: true }))
    await page.close()
  }
  await browser.close()
})
