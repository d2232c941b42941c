/** A plugin as somebody else would write it: it imports nothing of Linekeeper but types, and needs no build. */
import type { Plugin } from '../../src/plugins.ts'
import { toyPanel } from './panel.ts'

const plugin: Plugin = (kit) => ({ panels: [toyPanel(kit)] })
export default plugin
