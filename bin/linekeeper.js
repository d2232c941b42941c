#!/usr/bin/env node
import { runOnPinnedNode } from './pinned-node.js'

await runOnPinnedNode('src/cli/main.ts')
