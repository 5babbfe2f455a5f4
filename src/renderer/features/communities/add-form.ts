/** What the forms have in common by which a community is added. */
export interface AddFormProps {
  /** Whether it takes the focus when it appears. */
  readonly autoFocus: boolean
  /** A link that was followed; empty unless there was one. */
  readonly link: string
  readonly onDone: () => void
}
