/** Finding what was said. */
export { SearchPage } from './search-page.tsx'
