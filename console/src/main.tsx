import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '@mantine/spotlight/styles.css'
import './console.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { isProblem } from './client.ts'
import { Failed, Waiting } from './page.tsx'
import { SignIn } from './pages/sign-in.tsx'
import { router } from './router.tsx'
import { WithSession } from './session.tsx'
import { cssVariables, theme } from './theme.ts'

// Styles that are written while the page runs carry the nonce of the page; others the browser refuses.
const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? ''
setNonce(nonce)

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The client tries again by itself what is worth it; a no is an answer.
      retry: (times, error) => !isProblem(error) && times < 1,
      staleTime: 2_000,
    },
  },
})

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-right" />
        <WithSession
          waiting={<Waiting what="Opening the console" />}
          failed={(error, again) => <Failed error={error} again={again} />}
          signIn={isOver => <SignIn isOver={isOver} />}
        >
          <RouterProvider router={router} />
        </WithSession>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
