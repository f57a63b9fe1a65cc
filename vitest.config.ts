import { defineConfig } from 'vitest/config'

// The packages are tested from their sources: no build stands between an edit and its test.
const resolve = { conditions: ['usher-source'] }
const ssr = { resolve: { conditions: ['usher-source'] } }
const browserSuites = ['console/src/**/*.browser.test.ts']
const server = (name: string) => ({
  resolve,
  ssr,
  test: {
    name,
    // The console's browser suites need a whole server behind them, and once is enough.
    include: ['server/src/**/*.test.{ts,tsx}', ...(name === 'pglite' ? browserSuites : [])],
    env: { USHER_TEST_ON: name },
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
          include: ['{smpp,contract,demo,bench,console}/src/**/*.test.ts'],
          exclude: browserSuites,
          testTimeout: 30_000,
        },
      },
      // One suite, two databases: the second implementation keeps the first honest.
      server('pglite'),
      server('postgres'),
    ],
  },
})
