import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with one plain line, `N passed, N failed`, after saying how much ran on what. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]) {
    const on = new Map<string, { passed: number; failed: number; skipped: number }>()
    let failed = errors.length
    let passed = 0
    let skipped = 0
    for (const module of modules) {
      const count = on.get(module.project.name) ?? { passed: 0, failed: 0, skipped: 0 }
      on.set(module.project.name, count)
      if (module.errors().length > 0) failed++
      for (const test of module.children.allTests()) {
        const state = test.result().state
        if (state === 'passed') count.passed++
        else if (state === 'failed') count.failed++
        else count.skipped++
      }
    }
    for (const [name, count] of on) {
      console.log(`  ${name}: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
      passed += count.passed
      failed += count.failed
      skipped += count.skipped
    }
    if (process.env.USHER_TEST_RAN_ON) console.log(`Ran on: ${process.env.USHER_TEST_RAN_ON}.`)
    for (const suite of (process.env.USHER_TEST_LEFT_OUT ?? '').split('\n').filter(line => line !== ''))
      console.log(`Left out: ${suite}.`)
    console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  }
}
