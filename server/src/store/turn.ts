// Fair turns on the one thread: ordinary work is cut into slices of a millisecond or two, and each turn of the event loop
// runs one of them, whoever's it is. So what a code needs never waits behind more than one slice of a campaign.

const waiting: (() => void)[] = []
let isRunning = false

/** Resolves when it is this slice's turn. */
export function turn(): Promise<void> {
  return new Promise(resolve => {
    waiting.push(resolve)
    if (isRunning) return
    isRunning = true
    setImmediate(next)
  })
}

function next(): void {
  waiting.shift()?.()
  if (waiting.length > 0) setImmediate(next)
  else isRunning = false
}
