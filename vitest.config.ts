import { defineConfig } from 'vitest/config'

// The packages are tested from their sources: no build stands between an edit and its test.
const resolve = { conditions: ['usher-source'] }
const ssr = { resolve: { conditions: ['usher-source'] } }
const server = (name: string) => ({
  resolve,
  ssr,
  test: {
    name,
    include: ['server/src/**/*.test.{ts,tsx}'],
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
          include: ['smpp/src/**/*.test.ts', 'contract/src/**/*.test.ts', 'bench/src/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      // One suite, two databases: the second implementation keeps the first honest.
      server('pglite'),
      server('postgres'),
    ],
  },
})
