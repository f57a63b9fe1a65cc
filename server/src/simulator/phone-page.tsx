// The frame of the phones' pages, and what they say when there is no phone to show.
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import { Icon, type View } from './phone-screen.tsx'

/** What the page does without script: look again after a while. */
interface Again {
  seconds: number
  path: string
}

interface PageProps {
  view: View
  title: string
  look: string
  again?: Again | undefined
  children?: Child
}

export function Page({ view, title, look, again, children }: PageProps) {
  return html`<!doctype html>${(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · ${view.service} phones`}</title>
        <link rel="stylesheet" href={`${view.base}/phone.css`} />
        <script src={`${view.base}/phone.js`} defer></script>
        {again && (
          <noscript>
            <meta http-equiv="refresh" content={`${again.seconds}; url=${again.path}`} />
          </noscript>
        )}
      </head>
      <body class={look}>{children}</body>
    </html>
  )}`
}

export function CarrierDown({ view, controlUrl, again }: { view: View; controlUrl: string; again: string }) {
  return (
    <Page view={view} title="No carrier" look="alone" again={{ seconds: 3, path: again }}>
      <main>
        <Icon name="noSignal" />
        <h1>The simulated carrier is not running</h1>
        <p>
          The phones live in it, and it does not answer at <code>{controlUrl}</code>.
        </p>
        <p>
          Start the demo again with <code>npm start</code>. If it runs elsewhere, check the address of the carrier's
          control in the configuration.
        </p>
        <p>
          <a href={again} id="again">
            Try again
          </a>{' '}
          <span class="soft">This page looks every 3 seconds.</span>
        </p>
      </main>
    </Page>
  )
}

export function NoHandset({ view, number }: { view: View; number: string }) {
  return (
    <Page view={view} title="No such handset" look="alone">
      <main>
        <h1>No such handset</h1>
        <p>“{number}” is not a phone number: 3 to 15 digits, with or without a plus sign.</p>
        <p>
          <a href={view.base}>All handsets</a>
        </p>
      </main>
    </Page>
  )
}
