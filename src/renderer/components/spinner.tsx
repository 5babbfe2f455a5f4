/** Something is happening. Always beside a word that says what. */
import { LoaderCircle } from 'lucide-react'

export function Spinner({ size = 16 }: { readonly size?: number }) {
  return <LoaderCircle size={size} className="animate-spin text-current" aria-hidden />
}
