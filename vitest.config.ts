import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/global-database.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Real databases, real processes, real browsers on a busy machine.
    testTimeout: 90_000,
    hookTimeout: 180_000,
    allowOnly: false,
    passWithNoTests: false,
  },
})
