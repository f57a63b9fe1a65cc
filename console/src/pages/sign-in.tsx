// Signing in: by a one-time link, a passkey, a password with an authenticator app, or the company's own sign-in. As a page
// of its own, or laid over a page whose session ended, which stays as it was underneath.
import {
  Alert,
  Anchor,
  Box,
  Button,
  Code,
  Divider,
  Group,
  Loader,
  Modal,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { startAuthentication } from '@simplewebauthn/browser'
import { IconAlertTriangle, IconBuilding, IconFingerprint, IconLink } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import type { Session } from '@usher/contract/operator'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { client, isProblem, sentence } from '../client.ts'
import { CodeField } from '../code-field.tsx'
import { span } from '../format.tsx'
import { passkeyTrouble, whyNoPasskeys } from '../passkey.ts'
import { useSession, useSignedIn } from '../session.tsx'

/** What came behind the # of the address. It is taken out at once: a secret has no place in the history. */
function takeFragment(): { token?: string; refused?: string } {
  const { hash, pathname, search } = window.location
  const said = new URLSearchParams(hash.slice(1))
  const token = said.get('enter')
  const refused = said.get('refused')
  if (token === null && refused === null) return {}
  window.history.replaceState(window.history.state, '', pathname + search)
  return { ...(token && { token }), ...(refused && { refused }) }
}
let fragment = takeFragment()

/** A whole link, or only its secret. */
const tokenOf = (pasted: string) => /[#&]enter=([^&\s]+)/.exec(pasted)?.[1] ?? pasted.trim()

export function SignIn({ isOver }: { isOver: boolean }) {
  if (isOver) return <SignInAgain />
  return (
    <Box component="main" mih="100dvh" p="md" style={{ display: 'grid', placeItems: 'center' }}>
      <Paper withBorder p="xl" w="100%" maw={420} radius="lg">
        <Ways
          heading={service => (
            <Stack gap={4} align="center">
              <img src="/console/usher.svg" width={40} height={40} alt="" />
              <Title order={1} size="h3">
                Sign in to Usher
              </Title>
              <Text c="dimmed" size="sm">
                {service ? `The console of ${service}` : '\u00a0'}
              </Text>
            </Stack>
          )}
        />
      </Paper>
    </Box>
  )
}

/** Over a page whose session ended. It can't be closed, for the page beneath is of no use without a session. */
function SignInAgain() {
  const { operator } = useSession()
  return (
    <Modal
      opened
      onClose={() => {}}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      title="Your session has ended"
      zIndex={1_000}
      centered
    >
      <Ways
        email={operator.email}
        isOver
        heading={() => (
          <Text size="sm">
            What you typed is still there. Sign in again as {operator.name} and go on where you were; for anybody else
            the page is loaded anew.
          </Text>
        )}
      />
    </Modal>
  )
}

function Ways({
  heading,
  email,
  isOver = false,
}: {
  heading: (service?: string) => ReactNode
  email?: string
  isOver?: boolean
}) {
  const ways = useQuery({
    queryKey: ['session', 'ways'],
    queryFn: ({ signal }) => client.signInWays({ signal }),
    staleTime: 300_000,
  })
  const signedIn = useSignedIn()
  const [trouble, setTrouble] = useState<ReactNode>(() =>
    fragment.refused === 'oidc'
      ? 'Your company signed you in, but Usher knows no operator of that e-mail who is active. An administrator can invite you.'
      : fragment.refused
        ? 'That sign-in did not come to an end. Try again.'
        : undefined,
  )
  const [isLinkOpen, setLinkOpen] = useState(false)

  const enter = useMutation({
    mutationFn: (how: () => Promise<Session>) => how(),
    onMutate: () => setTrouble(undefined),
    onSuccess: signedIn,
  })
  const byLink = (token: string) =>
    enter.mutate(() => client.signInWithLink({ token }), {
      onError: error =>
        setTrouble(
          isProblem(error, 'sign_in_refused', 'invalid_request') ? (
            <SpentLink isDemo={ways.data?.isDemo ?? false} />
          ) : (
            sentence(error)
          ),
        ),
    })
  const byPasskey = () =>
    enter.mutate(
      async () => {
        const { challenge, options } = await client.passkeyChallenge()
        // The contract says no more of them than that they are JSON: they are WebAuthn's, and the browser's to read.
        const optionsJSON = options as unknown as Parameters<typeof startAuthentication>[0]['optionsJSON']
        const response = await startAuthentication({ optionsJSON })
        return client.signInWithPasskey({ challenge, response: { ...response } as never })
      },
      {
        onError: error =>
          setTrouble(
            isProblem(error, 'sign_in_refused')
              ? 'This passkey is not known here. It may have been removed, or belong to another service.'
              : passkeyTrouble(error),
          ),
      },
    )

  // A link works once, so that it is tried once, however often this is drawn.
  const latest = useRef(byLink)
  latest.current = byLink
  useEffect(() => {
    const take = () => {
      const { token, refused } = fragment
      fragment = {}
      if (token) latest.current(token)
      else if (refused) setTrouble('That sign-in did not come to an end. Try again.')
    }
    if (fragment.token) take()
    else fragment = {}
    // A link that is pasted into the address of this page loads nothing anew.
    const changed = () => {
      fragment = takeFragment()
      take()
    }
    window.addEventListener('hashchange', changed)
    return () => window.removeEventListener('hashchange', changed)
  }, [])

  const noPasskeys = whyNoPasskeys()
  return (
    <Stack gap="md">
      {heading(ways.data?.service)}
      {ways.data?.isDemo && !isOver && (
        <Text size="sm" ta="center">
          This is the demo: the terminal where <Code>npm start</Code> runs shows a link that signs you in.
        </Text>
      )}
      <div aria-live="polite">
        {trouble && (
          <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title="Not signed in" role="alert">
            <Text size="sm" component="div">
              {trouble}
            </Text>
          </Alert>
        )}
        {ways.error && !trouble && (
          <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title="The server does not answer" role="alert">
            <Group justify="space-between">
              <Text size="sm">{sentence(ways.error)}</Text>
              <Button size="xs" variant="default" onClick={() => void ways.refetch()}>
                Try again
              </Button>
            </Group>
          </Alert>
        )}
        {enter.isPending && (
          <Group gap="xs" justify="center">
            <Loader size="xs" aria-hidden />
            <Text size="sm">Signing in</Text>
          </Group>
        )}
      </div>
      {ways.data?.oidc && (
        <Button
          component="a"
          href={ways.data.oidc.url}
          {...(isOver ? { target: '_blank', rel: 'noopener' } : {})}
          leftSection={<IconBuilding size={18} aria-hidden />}
          fullWidth
        >
          Sign in with {ways.data.oidc.name}
          {isOver ? ', in a new tab' : ''}
        </Button>
      )}
      {!noPasskeys && (
        <Button
          variant={ways.data?.oidc ? 'default' : 'filled'}
          onClick={byPasskey}
          disabled={enter.isPending}
          leftSection={<IconFingerprint size={18} aria-hidden />}
          fullWidth
        >
          Sign in with a passkey
        </Button>
      )}
      {(ways.data?.oidc || !noPasskeys) && <Divider label="or with a password" />}
      <PasswordForm
        email={email}
        isBusy={enter.isPending}
        isOnlyWay={noPasskeys !== undefined && !ways.data?.oidc}
        submit={(body, again) =>
          enter.mutate(() => client.signInWithPassword(body), {
            onError: error => {
              again()
              setTrouble(passwordTrouble(error))
            },
          })
        }
      />
      {isLinkOpen ? (
        <LinkForm isBusy={enter.isPending} submit={byLink} />
      ) : (
        <Anchor
          component="button"
          type="button"
          size="sm"
          onClick={() => setLinkOpen(true)}
          style={{ alignSelf: 'center' }}
        >
          I have a one-time link
        </Anchor>
      )}
      {noPasskeys && (
        <Text size="xs" c="dimmed" ta="center">
          {noPasskeys.words}{' '}
          {noPasskeys.elsewhere && !isOver && (
            <>
              To use one, open the console at{' '}
              <Anchor inherit underline="always" href={noPasskeys.elsewhere}>
                localhost
              </Anchor>
              .
            </>
          )}
        </Text>
      )}
    </Stack>
  )
}

function passwordTrouble(error: unknown): string {
  if (isProblem(error, 'sign_in_refused'))
    return 'E-mail, password or code is wrong. A code works once and for half a minute: take the one that is shown now.'
  if (isProblem(error, 'sign_in_slowed')) {
    const wait = error.retryAfterMs === undefined ? 'a few minutes' : span(error.retryAfterMs)
    return `Too many tries failed. The next one is taken in ${wait}; a passkey or a one-time link works at once.`
  }
  return sentence(error)
}

const SpentLink = ({ isDemo }: { isDemo: boolean }) => (
  <>
    This link was used already, or its time is over: it works once.{' '}
    {isDemo ? (
      <>
        Start the demo again and it prints another, or run <Code>usher operators invite</Code> beside it.
      </>
    ) : (
      <>
        An administrator can make another under Settings, or on the server with <Code>usher operators invite</Code>.
      </>
    )}
  </>
)

function PasswordForm({
  email: known = '',
  isBusy,
  isOnlyWay,
  submit,
}: {
  email: string | undefined
  isBusy: boolean
  /** It has nothing above it. */
  isOnlyWay: boolean
  submit: (body: { email: string; password: string; code: string }, again: () => void) => void
}) {
  const [email, setEmail] = useState(known)
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const codeField = useRef<HTMLInputElement>(null)
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        submit({ email, password, code }, () => {
          // The code is spent; the rest may be right.
          setCode('')
          codeField.current?.focus()
        })
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          value={email}
          onChange={event => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={event => setPassword(event.currentTarget.value)}
          visibilityToggleFocusable
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
        />
        <CodeField
          ref={codeField}
          description="The six digits that your authenticator app shows"
          value={code}
          onChange={setCode}
        />
        <Button type="submit" variant={isOnlyWay ? 'filled' : 'default'} disabled={isBusy} fullWidth>
          Sign in with the password
        </Button>
      </Stack>
    </form>
  )
}

function LinkForm({ isBusy, submit }: { isBusy: boolean; submit: (token: string) => void }) {
  const [pasted, setPasted] = useState('')
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        submit(tokenOf(pasted))
      }}
    >
      <Group align="end" gap="xs" wrap="nowrap">
        <TextInput
          label="One-time link"
          autoComplete="off"
          spellCheck={false}
          required
          withAsterisk={false}
          data-autofocus
          style={{ flex: 1 }}
          leftSection={<IconLink size={16} aria-hidden />}
          value={pasted}
          onChange={event => setPasted(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={isBusy}>
          Use it
        </Button>
      </Group>
    </form>
  )
}
