#!/usr/bin/env node
// `npm test`: everything that is checked, in one command (see test/support/run-all.ts).
import { runOnPinnedNode } from './pinned-node.js'

await runOnPinnedNode('test/support/run-all.ts')
