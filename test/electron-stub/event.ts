/** An Electron event: something whose default can be prevented. */
export interface StubEvent {
  defaultPrevented: boolean
  preventDefault(): void
}

export function createEvent<T extends object>(details: T): StubEvent & T {
  const event = {
    ...details,
    defaultPrevented: false,
    preventDefault() {
      event.defaultPrevented = true
    },
  }
  return event
}
