import { defineConfig } from 'vitest/config'

// The packages are tested from their sources: no build stands between an edit and its test.
const resolve = { conditions: ['usher-source'] }
const ssr = { resolve: { conditions: ['usher-source'] } }
const browserSuites = ['console/src/**/*.browser.test.ts', 'server/src/http/*.browser.test.ts']
// Suites of the server that open no database run once, too.
const withoutDatabase = [
  'server/src/clock.test.ts',
  'server/src/simulator/**/*.test.{ts,tsx}',
  'server/src/account/{advice,agent,campaign,habits,place,rba,risk,travel}.test.ts',
  'server/src/carrier/{health,http,providers,route,smpp,throttle,twilio,vonage,web}.test.ts',
  'server/src/{billing/words,demo/ranges,event/mask,journey/plan,link/replay,message/dead,message/guard,message/templates}.test.ts',
  'server/src/subscriber/{consent,number-place,quiet-hours,region-overrides,regions}.test.ts',
  'server/src/http/{carrier-calls,console,reference}.test.{ts,tsx}',
  'server/src/message/policy.test.ts',
  'server/src/subscriber/keywords.test.ts',
]
// What is long, or whose statements the others know: where PostgreSQL is there it runs on that alone. `npm test` without it, and
// `npm run soak`, run it on the embedded database.
const onceWherePossible = [
  'server/src/account/*.test.ts',
  'server/src/carrier/{carriers,failover}.test.ts',
  'server/src/demo/{life,orpheum-program}.test.ts',
  'server/src/docs.test.ts',
  'server/src/event/{bad,clients,segment,stripe}.test.ts',
  'server/src/faults/{codes,journeys,webhooks}.test.ts',
  'server/src/http/!(app|imports|*.browser).test.{ts,tsx}',
  'server/src/journey/year.test.ts',
  'server/src/link/*.test.ts',
  'server/src/message/{number-change,number-life,own-page,policy-preview,templates}.test.ts',
  'server/src/operator/*.test.ts',
  'server/src/webhook/*.test.ts',
]
const isOnBoth = process.env.USHER_TEST_POSTGRES === '1'
const server = (name: string) => ({
  resolve,
  ssr,
  test: {
    name,
    // Pages in a browser need a whole server behind them, and once is enough.
    include: ['server/src/**/*.test.{ts,tsx}', ...(name === 'pglite' ? browserSuites : [])],
    exclude: [
      ...withoutDatabase,
      ...(name === 'pglite' ? [] : browserSuites),
      ...(name === 'pglite' && isOnBoth ? onceWherePossible : []),
    ],
    env: { USHER_TEST_ON: name },
    ...(name === 'pglite' ? { globalSetup: './scripts/new-pglite.ts' } : {}),
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ['default', './scripts/reporter.ts'],
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'packages',
          include: ['{smpp,contract,demo,bench,console}/src/**/*.test.ts', ...withoutDatabase],
          exclude: browserSuites,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      // One suite, two databases: the second implementation keeps the first honest.
      server('pglite'),
      server('postgres'),
    ],
  },
})
