/** What others enter as their service node to use this one. */
import { useRequest } from '../../lib/client.tsx'

export function OwnAddresses() {
  const { data } = useRequest('network.addresses')
  if (data === undefined || data.length === 0) return null
  return (
    <section className="my-4 grid gap-1" aria-label="Addresses of this node">
      <p className="font-medium">This node is a service node itself</p>
      <p className="text-ink-2">Others who can reach it use it by entering one of these addresses.</p>
      <ul className="grid gap-1">
        {data.map((address) => (
          <li key={address} className="select-all break-all font-mono text-[11.5px] text-ink-2">
            {address}
          </li>
        ))}
      </ul>
    </section>
  )
}
